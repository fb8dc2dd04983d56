"""Probabilities of the buy-till-you-die models for one customer, in plain Python. Times are days.

Notation of the sources: x repeat purchases, t_x days from the first to the last, T days from the
first to now. Given that a customer is still alive at T, the purchase rate is again a gamma with
shape r + x and rate alpha + T, whatever ended the others; that leaves closed forms but for two
integrals of Pareto/NBD, taken by Gauss–Legendre on scales on which they are smooth.

Sources: Fader, Hardie and Lee (2005), Marketing Science 24(2); Batislam, Denizel and Filiztekin
(2007), IJRM 24; Schmittlein, Morrison and Colombo (1987), Management Science 33.
"""

from math import exp, expm1, log, log1p

from shared.predictions.model import BgNbd, MbgNbd, ParetoNbd

# Nodes and weights of the 16-point Gauss–Legendre rule on [-1, 1]; the other half is mirrored.
_HALF = (
    (0.09501250983763744, 0.18945061045506850),
    (0.28160355077925891, 0.18260341504492359),
    (0.45801677765722739, 0.16915651939500254),
    (0.61787624440264375, 0.14959598881657673),
    (0.75540440835500303, 0.12462897125553387),
    (0.86563120238783174, 0.09515851168249278),
    (0.94457502307323258, 0.06225352393864789),
    (0.98940093499164993, 0.02715245941175409),
)
_MAX_POWER = 700.0
"""exp of more overflows; odds of that size are certainty anyway."""
RULE = tuple((-node, weight) for node, weight in reversed(_HALF)) + _HALF
_QUARTER = (
    (0.18343464249564980, 0.36268378337836199),
    (0.52553240991632899, 0.31370664587788727),
    (0.79666647741362674, 0.22238103445337448),
    (0.96028985649753623, 0.10122853629037626),
)
# The 8-point rule on [0, 1], but for its weights, which add up to 2. It is as exact as floats are
# for what fades slowly, such as purchases to come, which odds of death do not.
SHORT_RULE = tuple(((1 + sign * node) / 2, weight) for node, weight in _QUARTER for sign in (-1, 1))


def staying_away(
    model: BgNbd | MbgNbd | ParetoNbd, x: int, t_x: int, age: int, horizon: int
) -> float:
    """P(no purchase within `horizon` days of T = `age`)."""
    if isinstance(model, ParetoNbd):
        returning = _pareto_returning(model, x, age, horizon)
        return 1 - pareto_alive(model, x, t_x, age) * returning
    shape, rate = model.r + x, model.alpha + age
    returning = 1 - exp(-shape * log1p(horizon / rate))
    return 1 - _geometric_alive(model, x, t_x, age) * returning


def pareto_alive(model: ParetoNbd, x: int, t_x: int, age: int) -> float:
    """P(alive at T): 1 / (1 + the odds of having died between t_x and T)."""
    r, alpha, s, beta = model.r, model.alpha, model.s, model.beta
    low, high = log(alpha + t_x), log(alpha + age)
    middle, half = (low + high) / 2, (high - low) / 2
    alive = -(r + x) * high - s * log(beta + age)
    shift, shape, death = beta - alpha, r + x - 1, s + 1
    odds = 0.0
    for node, weight in RULE:
        place = middle + half * node
        power = -death * log(shift + exp(place)) - shape * place - alive
        odds += weight * exp(power if power < _MAX_POWER else _MAX_POWER)
    return 1 / (1 + s * half * odds)


def pareto_purchases(
    model: ParetoNbd, x: int, t_x: int, age: int, horizon: float, daily_discount: float
) -> float:
    """Expected purchases within `horizon` days of T, each discounted to T at a continuous rate."""
    scale = model.beta + age
    longest, fading, discount = log1p(horizon / scale), 1 - model.s, daily_discount * scale
    total = 0.0
    for share, weight in SHORT_RULE:
        place = longest * share
        total += weight * exp(fading * place - discount * expm1(place))
    alive = pareto_alive(model, x, t_x, age)
    return alive * (model.r + x) / (model.alpha + age) * total * scale * longest / 2


def _pareto_returning(model: ParetoNbd, x: int, age: int, horizon: int) -> float:
    """P(a purchase within `horizon` days of T | alive at T).

    The mean, over the waiting times of a customer who never dies, of the chance to live that long:
    by the share of these times, as most of them may be a small part of the horizon.
    """
    shape, rate, scale = model.r + x, model.alpha + age, model.beta + age
    within = -expm1(-shape * log1p(horizon / rate))
    total = 0.0
    for node, weight in RULE:
        # Closer together where the longest times are, which grow without bound.
        rest = (1 - node) / 2
        days = rate * expm1(-log1p(-within * (1 - rest * rest)) / shape)
        total += weight * rest * exp(-model.s * log1p(days / scale))
    return within * total


def _geometric_alive(model: BgNbd | MbgNbd, x: int, t_x: int, age: int) -> float:
    """P(alive at T) where death follows purchases: in MBG/NBD also the first one."""
    chances = model.b + x - (1 if isinstance(model, BgNbd) else 0)
    if isinstance(model, BgNbd) and x == 0:
        return 1.0
    silence = (model.r + x) * log((model.alpha + age) / (model.alpha + t_x))
    odds = log(model.a / chances) + silence
    return 1 / (1 + exp(min(odds, _MAX_POWER)))
