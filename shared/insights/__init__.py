"""Insights: a few cards that say what to do today, each number in them written by code.

From numbers to a card, every step pure:

1. A store fills `ShopNumbers` (`numbers`): counts as they are and results as they were computed,
   each with where it is stored, when it was computed and whether it can be used.
2. `fact_sheet` (`sheet`) makes the facts. A stale, failed or missing result yields no fact and is
   listed in `FactSheet.missing` with the reason.
3. `choose_cards` (`cards`) picks at most six `Card`s, each with its own facts and a deterministic
   wording.
4. A model may word a card again, with slots such as `[[churned_30d:phrase]]` in place of every
   number, name, direction and period. `check_wording` (`checker`) returns the `Refusal` of an
   answer that says anything countable itself, or None. `check_text` does the same for a single
   text over facts of its own: a paragraph, or the reasoning of a suggestion.
5. `insight_card` (`insight_card`) renders either wording into what is stored and shown.
   `shown_facts` is the input of the fingerprint: it changes when something that people see does.
6. `retired` (`cards`) names the stored cards that have to go.
"""
