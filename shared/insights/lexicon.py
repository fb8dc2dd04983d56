"""Words that a model may not write, for `checker`: a slot states them, or they cannot be known.
Pure.

The patterns are matched against text in small letters without its slots. Where English uses one
word for two things, the harmless use is accepted where it can be recognised: `follow up` is no
direction. Otherwise the word is refused: rewording a harmless sentence costs little, showing a
wrong one costs trust.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from shared.insights.refusal import Rule


def _set(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


def _any(*lines: str) -> re.Pattern[str]:
    """Any of these as whole words: `*` is any letters or none, `_` a blank or a hyphen."""
    words = "|".join(" ".join(lines).split()).replace("*", "[a-z]*").replace("_", "[ -]")
    return re.compile(rf"(?<![a-z'’])(?:{words})(?![a-z])")


_NUMBERS = _any(
    "zero* one ones two* three* four* five* six* seven* eight* nine* ninth* ten tens tenth*",
    "eleven* twel* thirt* fort(?:y|ies)* fortieth* fif* twent* *hundred* *thousand* *illion*",
    "lakhs? crores? dozen* score scores gross grand nil nought naught first firsts firstly second",
    "seconds secondly third thirds thirdly [a-z]+tieths? [a-z]+teen half halves halfway quarter*",
    "quartile* decile* percentile* fraction* once twice thrice both either neither couple* duo",
    "trio quartet* solo single* sole solely lone pair_of pairs double* doubling triple* tripling",
    "treble* trebling quadrupl* quintupl* *fold",
    # In French, Spanish, German and Italian, but for what is an English word, too.
    "un deux trois quatre cinq sept huit neuf dix vingt* trente quarante cinquante soixante mille",
    "dos tres cuatro cinco seis siete ocho nueve diez veint* treinta cuarenta cincuenta sesenta",
    "setenta ochenta noventa cien ciento* eins zwei drei vier sechs sieben acht neun zehn *zig",
    "*hundert *tausend quattro cinque sei sette otto nove dieci venti trenta quaranta cinquanta",
    "sessanta settanta ottanta novanta cento nth twain hat_trick* trifecta threesome quintet*",
    "sextet* octet*",
)
# A letter alone is a Roman numeral, a variable, or a word taken apart.
_LETTERS = re.compile(r"(?<![a-z'’])[b-z](?![a-z'’])")
_ROMAN = re.compile(
    r"(?<![a-z'’])(?!mix(?![a-z]))(?=[ivxlcdm])"
    r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})(?![a-z'’])"
)
_UNITS = _any(
    "percent* per_cent* pct pc bps basis_point* permille dollar* buck bucks cent cents euro euros",
    "pound pounds sterling quid yen yuan rupees? peso pesos francs? krone* kronor usd eur gbp cad",
    "aud chf jpy mxn brl inr nzd sek nok dkk pln kilo* grams? ounces?",
)
_QUANTITIES = _any(
    "all every everyone everybody everything entire entirely whole wholly none nobody no_one",
    "nothing most mostly many few fewer several majorit(?:y|ies) minorit(?:y|ies) plenty numerous",
    "countless lots a_lot bulk handful* various umpteen myriad* heaps nearly almost approximate*",
    "roughly barely hardly scarcely exactly precisely total* altogether average* median* mainly",
    "largely partly practically virtually completely fully substantial* considerabl[ey]",
    "significant* dramatic* marked* negligible vast* enormous* part_of portion* proportion*",
    "share_of slice* chunk* number_of ratio* the_mean mean_of much_of multipl* oodles swathe?",
    "swathes legion sliver* scads trickle* flood* hord* droves a_good_deal a_great_deal lions?",
    "umpteenth",
)
_DIRECTIONS = _any(
    "upward* upturn uptick upswing downward* down downturn downtrend rise rises rising risen rose",
    "fall falls falling fallen fell grow grows growing grown grew growth* shrink* shrank shrunk*",
    "drop* climb* soar* surg(?:e|es|ed|ing) jump* leap* plung* plummet* tumbl* slump* sink* sank",
    "sunk* dip dips dipp* declin* decreas* increas* reduc* gain gains gained gaining lose loses",
    "losing loss losses improv* worsen* deteriorat* recover* rebound* slow* accelerat* decelerat*",
    "spik* swell* swing* swung rocket* skyrocket* boom* boost* lift* edged trend* strengthen*",
    "weaken* expand* contracting widen* narrow* steady steadi* stable stabili* flat flatten*",
    "plateau* unchanged constant* peak* trough* raise* raising lower* momentum fade fades faded",
    "fading cooled cooling heating stall* crash* collaps* erod* erosion sag* ebb* waned? waning",
    "escalat* intensif* revers* chang* fluctuat* halve* halving quicken* dwindl* evaporat*",
    "backslid* high higher highs low lows stagnat* steep* sharp* up nosediv* tanked tanking",
    "balloon* bottom* mushroomed mushrooming snowball* crater* rall(?:y|ied|ies|ying) inched",
    "inching crept creep* ticked ticking slid slide* sliding spiral* thinn* ramp ramped ramping",
    "subsid* accumulat* eased easing soften* harden* downhill uphill north south took_off",
    "takes_off taking_off dried drying",
)
_CAUSES = _any(
    "because cause causes caused causing owing thanks_to driven drives driving drove drivers? led",
    "leads?_to leading_to result* reason* why hence thus therefore thereby consequen* since",
    "explain* explan* attribut* stem(?:s|med|ming)?_from trigger* spark* prompted fuel*",
    "responsible impact* effect effects influenc* affect* blam* contribut* brought made so",
    "following amid amidst in_response in_the_wake given helped hurt* harm* force* resulted spur*",
    "provok* produced generat* linked correlat* courtesy on_account motivat* induc* pushed",
    "pushing pulled culprit* factor factors after due_to (?:is|are|lies?|stands?)_behind",
    "behind_(?:this|it|that)_(?:is|are|lies?|stands?) in_light in_view on_the_back on_the_heels",
    "aftermath seeing_as inasmuch deriv* rooted traceable trace(?:d|s)?_to",
)
_COMPARISONS = _any(
    "than versus vs compar* contrast* against relative* similar* same equal* equivalent*",
    "identical* more moreover less lesser larger smaller bigger greater better worse faster",
    "slower quicker stronger weaker longer shorter older younger newer earlier later sooner",
    "cheaper dearer pricier richer poorer lighter heavier busier quieter healthier wider deeper",
    "safer further farther exceed* outpac* outperform* outsell* outsold outnumber* outstrip*",
    "underperform* surpass* beat* above below over under beyond between ahead lag lags lagg*",
    "trail* excess* extra additional rest remaining remainder per apiece times usual* unusual*",
    "normal* abnormal* typical* expected unexpected* benchmark* disproportion* superior inferior",
    "match(?:es|ed|ing)? outshin* eclips* dwarf* tops topped unrival*",
)
_SUPERLATIVES = _any(
    "best worst least top topmost utmost maxim* minim* leading prime paramount extreme* ultimate*",
    "unprecedented unparalleled unmatched unbeaten foremost  supreme* peerless record_break*",
    "second_to",
)
_EST = re.compile(
    r"(?<![a-z'’])"
    r"(?!(?:arr|att|ch|cont|cr|dig|for|gu|harv|hon|inter|inv|l|mod|n|p|prot|qu|r|requ|sugg|t|v|w|z)"
    r"est(?![a-z]))[a-z]+est(?![a-z])"
)
_PERIODS = _any(
    "today* tonight yesterday* tomorrow* daily nightly weekly fortnight* monthly quarterly yearly",
    "annual* hourly minutes? hours? days? nights? weeks? weekends? weekdays? months? years?",
    "decades? season* spring summer* autumn* winter* mondays? tuesdays? wednesdays? thursdays?",
    "fridays? saturdays? sundays? january february april june july september october november",
    "december recent* lately ago past previous* prior last latest so_far to_date holiday*",
    "christmas easter thanksgiving halloween ramadan diwali morning* afternoon* evening* noon",
    "midnight always never seldom rarely overnight nowadays midweek yesteryear anniversar*",
    "of_late",
)
_NEGATIONS = _any(
    "not no nor cannot [a-z]+n['’]t lack* absen* fail* except* exclud* unless despite",
)
_NAMES = _any(
    "vips? loyal churn* slip slips slipp* at_risk frequent* high_value dormant laps(?:e|ed|ing)",
    "won_back winbacks? champions? men women male* female* teen* student* senior* millennial*",
    "famil(?:y|ies) tourist* subscriber* platinum gold silver bronze whales? loyalist* spenders?",
)
_WHICH_CUSTOMERS = re.compile(
    r"(?<![a-z'’])"
    r"(?:new|lost|active|inactive|returning|repeat|regular|one-time|existing|other|former|quiet) "
    r"(?:customers?|shoppers?|buyers?|people|members?)(?![a-z])"
)
_LINKS = re.compile(r"[.:;!?,][^\s\"'”’)]|https?|www|mailto|(?<![a-z])dot[ -]?com(?![a-z])")

IDIOMS = re.compile(
    r"(?<![a-z'’])(?:"
    + "|".join(
        (
            "(?:follow|following|set|sign|show|turn|stock|team|line|open|speak|make|pop)s?[ -]up",
            "look(?:ing)? after|named after|after all|(?:plan|look|think) ahead",
            "(?:good |a |another )reason to|why not|of thanks to|say thanks to|(?:have|has) given",
            "(?:(?<=[.!?] )|^)(?:do not|don['’]t|compare(?= (?:the|what|how)))|(?<=, )not an?",
            "(?:lose|losing|lost) (?:touch|sight)",
            "drop(?:ping)? by(?=[.,!?]|$)|drop (?:them|him|her) a (?:line|note)",
            "how much|so much|raise a glass|at the same time|rather than|between (?:them|you)",
            "the same (?:basket|order|cart|visit|shelf)|affected (?:figures|records|cards)",
            "a second (?:look|visit|chance|thought)|the rest(?! of)|low-(?:effort|cost|key)",
            "first (?:step|message|impression|visit|order|look|welcome|idea)",
            "the ones(?= (?:you|who|that|with))|(?:the other|this|that) one",
            "a (?:perfect |good |great |natural |tasty )?match|pairs(?= (?:well|nicely|with))",
            "a few (?:kind |warm |friendly )?(?:words|lines)|extra (?:care|effort|attention)",
            "(?:learn|know|hear|read|find out|see) more|(?:get to )?know (?:them|him|her) better",
        )
    )
    + ")(?![a-z])"
)
"""Harmless uses of words that are refused elsewhere."""

WORDS: Mapping[Rule, tuple[re.Pattern[str], ...]] = MappingProxyType(
    {
        Rule.LINK: (_LINKS,),
        Rule.NUMBER: (_NUMBERS, _ROMAN, _LETTERS),
        Rule.UNIT: (_UNITS,),
        Rule.DIRECTION: (_DIRECTIONS,),
        Rule.CAUSE: (_CAUSES,),
        Rule.COMPARISON: (_COMPARISONS,),
        Rule.SUPERLATIVE: (_SUPERLATIVES, _EST),
        Rule.QUANTITY: (_QUANTITIES,),
        Rule.PERIOD: (_PERIODS,),
        Rule.NEGATION: (_NEGATIONS,),
        Rule.NAME: (_NAMES, _WHICH_CUSTOMERS),
    }
)
"""Patterns by rule, in the order in which a text is checked."""

BEFORE_SLOT = _set(
    "about some around just only another further next plus minus non sub over per mere merely up",
    "down ex former neither",
)
"""Words that would change the number that comes behind them."""

AFTER_SLOT = _set(
    "customer customers shopper shoppers buyer buyers people person persons member members",
    "household households visitor visitors client clients order orders purchase purchases sale",
    "sales item items product products unit units record records piece pieces point points rate",
    "share value day days week weeks month months year years hour hours minute minutes dollar",
    "dollars percent plus or ish odd off",
)
"""Words that would make the number in front of them count something else."""
