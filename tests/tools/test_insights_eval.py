"""The evaluation of wordings, without a key: against a local server."""

import pytest

from shared.insights.wording import Tokens
from tests.insights.messages_api import MessagesApi, claude_at, echo, message
from tools import insights_eval
from tools.errors import ToolError


def test_it_counts_what_is_refused_and_what_it_costs(
    claude_api: MessagesApi, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = insights_eval._inputs(None, None)
    claude_api.answers(echo, message("No.", stop_reason="refusal"), echo)

    done = insights_eval.evaluate(inputs, claude_at(claude_api), 3)

    texts = done.texts // 3
    assert texts > 10
    assert (done.accepted, done.calls) == (2 * texts, 3)
    assert dict(done.reasons) == {"refusal": 1}
    assert done.tokens == Tokens(input=900, cached=4500, output=360)
    printed = capsys.readouterr().out
    assert "(33.3%)" in printed
    assert "130 customers who are At Risk" in printed


def test_without_a_key_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(ToolError, match="Set ANTHROPIC_API_KEY"):
        insights_eval.main(runs=1, org=None, project=None)
