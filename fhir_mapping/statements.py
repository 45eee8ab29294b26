"""The phrases by which clinicians state fitness, eligibility, goals, donor and the like.

English and German, on lower-case text. The words for transplant and for intensive therapy are
shared with the questions that ask for them.
"""

from __future__ import annotations

import re

from aml.patient import Topic

TRANSPLANT = (
    r"(?:allo\w*[- ]?|haplo\w*[- ]?|stem[- ]cell |bone marrow |h(?:a?e)matopoietic |cell |"
    r"second |"
    r"hsct |sct )*(?:transplant\w*|hs?ct|hsct|a?sct|bmt|allo-?(?:hs?ct|sct|bmt)|stammzell\w*|"
    r"kmt|h?szt)"
)
INTENSIVE = (
    r"intensive?s? (?:induction |salvage )?"
    r"(?:chemo\w*|therapy|treatment|induction|salvage|re-?induction)"
)
INTENSIV = r"(?:eine )?intensive?n? (?:chemo\w*|therapie|behandlung|induktion\w*)"
_ABLE = r"(?:fit|eligible|suitable|(?:an? )?(?:\w+ )?candidate|able|tauglich|geeignet|fähig)"

# topic, value, phrases; within a topic the first that matches counts, so negatives stand first
STATEMENTS: tuple[tuple[Topic, str, re.Pattern[str]], ...] = (
    (
        Topic.FITNESS,
        "unfit",
        re.compile(
            rf"\b(?:not|no longer|never|isn't|nicht|kein\w*) (?:medically |considered |"
            rf"currently )?"
            rf"{_ABLE} (?:for|to receive|to tolerate|für) (?:\w+ )?(?:{INTENSIVE}|"
            rf"{INTENSIV})|"
            rf"\b(?:unfit|ineligible|unsuitable|too frail|inapt|ungeeignet) (?:for|für) "
            rf"(?:\w+ )?(?:{INTENSIVE}|{INTENSIV})|\bmedically unfit\b|"
            rf"\bunfit-intensive\b|{INTENSIVE} (?:is )?(?:not (?:possible|feasible|an option|"
            rf"appropriate|tolerable)|contraindicated)|(?:für )?{INTENSIV} (?:nicht geeignet|"
            rf"nicht möglich|nicht fit|nicht zumutbar)|nicht intensiv (?:therapierbar|"
            rf"behandelbar|"
            rf"therapiefähig)|nicht für {INTENSIV} geeignet|^unfit$|\bunfit (?:patient|by )"
        ),
    ),
    (
        Topic.FITNESS,
        "fit",
        re.compile(
            rf"\b(?:medically )?{_ABLE} for (?:\w+ )?{INTENSIVE}|\bfit-intensive\b|"
            rf"\bmedically fit\b|"
            rf"\bfit for (?:induction|salvage|intensive)|(?:fit|geeignet) für {INTENSIV}|"
            rf"für {INTENSIV} (?:geeignet|fit)|(?<!nicht )intensiv (?:therapierbar|"
            rf"behandelbar|"
            rf"therapiefähig)"
        ),
    ),
    (
        Topic.TRANSPLANT_ELIGIBILITY,
        "ineligible",
        re.compile(
            rf"\b(?:not|no|no longer|never|isn't|nicht|"
            rf"kein\w*) (?:an? )?(?:\w+ )?{TRANSPLANT}[- ](?:candidate|"
            rf"eligible|kandidat\w*)|\b(?:not|no longer|"
            rf"isn't) (?:an? )?(?:\w+ )?{_ABLE} (?:for )?"
            rf"(?:an? )?{TRANSPLANT}|\bnon-?{TRANSPLANT}[- ](?:candidate|eligible)|"
            rf"{TRANSPLANT}[- ]ineligible|"
            rf"\b(?:ineligible|unfit|unsuitable|not fit) for (?:an? )?{TRANSPLANT}|"
            rf"{TRANSPLANT} (?:is )?(?:not "
            rf"(?:possible|feasible|an option|indicated)|contraindicated|nicht möglich|"
            rf"kontraindiziert)|nicht (?:transplantabel|transplantationsfähig|"
            rf"transplantierbar)|"
            rf"kein\w* transplant\w*kandidat\w*|"
            rf"nicht für (?:eine )?(?:allogene )?{TRANSPLANT} geeignet|"
            rf"für (?:eine )?(?:allogene )?{TRANSPLANT} (?:nicht|un)\s?geeignet"
        ),
    ),
    (
        Topic.TRANSPLANT_ELIGIBILITY,
        "eligible",
        re.compile(
            rf"{TRANSPLANT}[- ](?:candidate|eligible\b|kandidat\w*)|"
            rf"\b{_ABLE} for (?:an? )?{TRANSPLANT}|"
            rf"\btransplantabel|\btransplantationsfähig|\btransplantierbar|"
            rf"für (?:eine )?(?:allogene )?{TRANSPLANT} geeignet"
        ),
    ),
    (
        Topic.GOALS_OF_CARE,
        "comfort",
        re.compile(
            r"\bcomfort (?:measures|care|goals?|focus\w*|only)|\bcomfort-(?:focus\w*|care|"
            r"only)|"
            r"\bgoals? of care:? comfort|\bhospice (?:care|enrol\w*|admission|referral|"
            r"patient)|"
            r"\b(?:on|in|enrolled in|admitted to|referral to|transition\w* to|to) hospice|"
            r"^hospice$|\bhospiz|\b(?:best supportive care|bsc) (?:only|alone)|"
            r"\bonly (?:best supportive care|bsc)|^(?:best supportive care|bsc)$|"
            r"\b(?:nur|ausschließlich|rein) (?:symptom\w*|best supportive|supportiv\w*|bsc)|"
            r"\bcomfort$"
        ),
    ),
    (
        Topic.GOALS_OF_CARE,
        "life-prolonging",
        re.compile(
            r"\blife[- ]prolong\w*|\bprolong\w* (?:of )?life|lebensverlänger\w*|"
            r"\b(?:non|not|nicht)[- ]?(?:curative|kurativ)\w* .*lebensverlänger"
        ),
    ),
    (
        Topic.GOALS_OF_CARE,
        "curative",
        re.compile(
            r"(?<!non-)(?<!non)(?<!not )(?<!not with )(?<!nicht )(?<!no )(?<!nicht in )"
            r"\b(?:curative (?:intent|intention|goal|approach|treatment)|"
            r"kurative[rn]? (?:intention|"
            r"absicht|ansatz|zielsetzung|therapieziel)|goals? (?:of care )?(?:is |: ?)?cure|"
            r"kurativ$|curative$|cure$)"
        ),
    ),
    (
        Topic.DONOR_CELLS,
        "unavailable",
        re.compile(
            r"\bno (?:further |more )?donor (?:lymphocytes|cells) (?:available|stored|left)|"
            r"\bdonor (?:lymphocytes|"
            r"cells) (?:are )?"
            r"(?:not|un)[ -]?available|keine spender(?:lymphozyten|zellen)|"
            r"spender(?:lymphozyten|zellen) nicht (?:verfügbar|vorhanden)|\bdli (?:not|"
            r"im)[ -]?possible"
        ),
    ),
    (
        Topic.DONOR_CELLS,
        "available",
        re.compile(
            r"\bdonor (?:lymphocytes|cells) (?:are |is )?(?:available|cryopreserved|stored|"
            r"in storage|"
            r"frozen)|\b(?:cryopreserved|stored|frozen) donor (?:lymphocytes|cells)|"
            r"spender(?:lymphozyten|zellen) (?:sind )?(?:verfügbar|vorhanden|kryokonserviert|"
            r"asserviert)"
        ),
    ),
    (
        Topic.DONOR,
        "none",
        re.compile(
            r"\bno (?:\w+ ){0,4}donors? (?:was |were |is |could be )?(?:found|identified|"
            r"available)|"
            r"\bno (?:suitable |matched |hla-?\w* )*donor$|\bdonor (?:not|"
            r"un)[ -]?(?:available|identified|"
            r"found)|kein\w* (?:\w+ ){0,3}(?:fremd|familien)?spender|donor search (?:not "
            r"(?:started|initiated)|unsuccessful|negative|without success)|"
            r"spendersuche (?:erfolglos|nicht (?:eingeleitet|begonnen))"
        ),
    ),
    (
        Topic.DONOR,
        "identified",
        re.compile(
            r"\bdonors? (?:has been |have been |was |were |is )?(?:identified|found|"
            r"available|confirmed|"
            r"secured|reserved|selected)|\bidentified (?:\w+ ){0,3}donor|"
            r"spender(?:in)? (?:ist |wurde )?"
            r"(?:gefunden|identifiziert|verfügbar|vorhanden|bestätigt)"
        ),
    ),
    (
        Topic.DONOR,
        "searching",
        re.compile(
            r"\bdonor search(?! (?:complete|closed|cancel|stop|suspend|negative))|"
            r"\b(?:unrelated|related|family|sibling) donor search|spendersuche(?! (?:abge|"
            r"been|stor))|"
            r"\bsearch(?:ing)? for (?:an? )?(?:\w+ ){0,3}donor"
        ),
    ),
    (
        Topic.PREGNANCY,
        "no",
        re.compile(
            r"\b(?:not|nicht|isn't) (?:currently )?(?:pregnant|schwanger)|\bno pregnancy|"
            r"\bpregnancy(?: test)?:? (?:negative|excluded|ruled out|no)\b|"
            r"schwangerschaft(?:stest)?:? (?:negativ|ausgeschlossen|nein)|keine schwangerschaft"
        ),
    ),
    (
        Topic.PREGNANCY,
        "yes",
        re.compile(
            r"(?<!non)(?<!non-)(?<!not )\b(?:pregnant|schwanger)\b(?! partner)|"
            r"\bpregnancy(?: test)?:? (?:positive|confirmed|yes)\b|"
            r"schwangerschaft(?:stest)?:? (?:positiv|bestätigt|ja)\b|^pregnancy$|"
            r"^schwangerschaft$"
        ),
    ),
    (
        Topic.PROLIFERATION,
        "low",
        re.compile(
            r"\b(?:not|nicht|non)[- ](?:highly |hoch ?)?(?:proliferati\w+|rapidly prolif\w+)|"
            r"\b(?:slowly|low|langsam)[- ](?:proliferat\w+|progressi\w+|proliferier\w+)"
        ),
    ),
    (
        Topic.PROLIFERATION,
        "high",
        re.compile(
            r"\b(?:highly|rapidly|strongly) proliferat\w+|\bhochproliferativ\w*|"
            r"\b(?:rasch|schnell|stark) proliferier\w+"
        ),
    ),
    (
        Topic.TRIAL,
        "none",
        re.compile(
            r"\bno (?:suitable |open |appropriate |clinical )*(?:trial|study)(?:s|"
            r"ies)? (?:is |are )?"
            r"(?:available|open)|keine (?:passende |geeignete |offene )*studie"
        ),
    ),
    (
        Topic.TRIAL,
        "enrolled",
        re.compile(
            r"(?<!not )\b(?:enrolled|participating|included) (?:in|on|"
            r"into) (?:an? )?(?:\w+ ){0,2}(?:trial|"
            r"study)|in (?:eine |einer )?(?:klinische\w* )?studie eingeschlossen"
        ),
    ),
    (
        Topic.TRIAL,
        "available",
        re.compile(r"\b(?:clinical )?trial (?:is )?(?:available|open)\b|studie verfügbar"),
    ),
)
