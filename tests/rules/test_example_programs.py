"""The example files are valid, and say what the real programs' documents say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from domain.rules import policy, votes
from domain.rules.clocks import first_period, next_period
from domain.rules.policy_admission import (
    Admission,
    Ballot,
    Enforcement,
    EvidenceRule,
    Inactivity,
    Nominators,
    Opening,
    Voting,
)
from domain.rules.policy_benefits import Benefit, BenefitKind, Need, Occasion, Value
from domain.rules.policy_contributions import (
    Acceptance,
    Counting,
    FieldKind,
    RequirableField,
)
from domain.rules.policy_tenure import (
    Clock,
    Condition,
    Measure,
    Needs,
    TenureRules,
    WhenMet,
    WhenNotMet,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ["asyncapi", "asyncapi-students", "demo", "graphql-cohort", "magento"]


def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((EXAMPLES / "programs" / f"{name}.yaml").read_text())


def effective(name: str) -> Mapping[str, Any]:
    example = load(name)
    parent = example.get("parent")
    return policy.resolve(example["policy"], effective(parent) if parent else None)


def read(name: str) -> policy.Policy:
    return policy.validate(effective(name), load(name)["policy"])


def test_no_example_is_left_out() -> None:
    assert sorted(path.stem for path in (EXAMPLES / "programs").iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_valid_program(name: str) -> None:
    example = load(name)
    assert example["slug"] == name
    assert set(example) <= {"slug", "parent", "policy"}
    Draft202012Validator(policy.json_schema()).validate(example["policy"])
    assert read(name).texts.name


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_one_sentence_or_more(name: str) -> None:
    texts = read(name).texts
    assert texts.description
    assert texts.description.endswith(".")
    assert texts.website_url or texts.application_url


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # These spellings stand in the members file or in its history.
        ("presentation", "talk"),
        ("talk", "talk"),
        ("article", "article"),
        ("initiative_driver", "initiative"),
        ("iniciative_driver", "initiative"),
        ("workshop", "workshop"),
        ("special contribution", "special_contribution"),
        ("booth", "booth"),
        ("casestudy", "case_study"),
        # The program document names these too.
        ("videos", "video"),
        ("podcasts", "podcast"),
        ("review", "content_review"),
        ("webinar", None),
    ],
)
def test_asyncapi_knows_every_type_ever_used(text: str, code: str | None) -> None:
    assert policy.contribution_type(read("asyncapi"), text) == code


def test_asyncapi_decides_by_committee_and_lists_its_former_ambassadors() -> None:
    stated = read("asyncapi")
    assert stated.admission.mode is policy.AdmissionMode.COMMITTEE
    assert policy.ListedStatus.EMERITUS in stated.directory.statuses
    assert set(stated.groups) == {"tsc", "board"}


def admission(name: str) -> Admission:
    return read(name).admission


def voting(name: str) -> Voting:
    stated = admission(name).voting
    assert stated is not None
    return stated


def test_anybody_applies_to_asyncapi_or_nominates_at_any_time() -> None:
    stated = admission("asyncapi")
    assert stated.applications
    assert stated.windows == ()
    assert stated.nominations is Nominators.ANYBODY
    assert stated.published
    assert stated.evidence == EvidenceRule(4, "P12M", enforcement=Enforcement.WARN)
    assert stated.reapply_after is None


def test_asyncapi_votes_as_its_steering_committee_does() -> None:
    assert voting("asyncapi") == Voting(
        percent=51,
        minimum="P7D",
        maximum="P28D",
        close_on_passing=True,
        fail_early=False,
        ballot=Ballot.OPEN,
        company_cap=25,
        opening=Opening.MANAGER,
        confirm=False,
        reminders=("P21D", "P14D", "P7D"),
        inactivity=Inactivity(missed=2, apart="P3M"),
    )
    rules, times = votes.opening(voting("asyncapi"), datetime(2026, 3, 2, tzinfo=UTC))
    # "51% x 40 = 21 people"; "if there are 20 TSC members, only 5 can be from the same company".
    assert votes.need(rules.percent, 40) == 21
    assert (times.earliest - times.opened_at).days == 7
    assert (times.latest - times.opened_at).days == 28
    companies = [*["Acme"] * 5, *map(str, range(15))]
    assert votes.company_excess(companies, 25) == []
    assert votes.company_excess(["Acme", *companies[:19]], 25) == ["Acme"]


def test_asyncapi_asks_for_no_link_and_declines_disguised_marketing() -> None:
    stated = read("asyncapi")
    for kind in stated.contribution_types.values():
        assert (kind.required, kind.roles, kind.points, kind.caps) == ((), (), None, ())
    assert "marketing" in stated.review.decline_reasons
    assert not stated.scoring.internal


def tenure(name: str) -> TenureRules:
    stated = read(name).tenure
    assert stated is not None
    return stated


def days(name: str, joined_on: str) -> list[str]:
    """The first and the last days of two tenures in a row."""
    first = first_period(tenure(name), date.fromisoformat(joined_on))
    second = next_period(tenure(name), first)
    assert second is not None
    return [str(day) for day in (first.first, first.last, second.first, second.last)]


def conditions(name: str, group: str) -> dict[str, Condition]:
    stated = read(name).requirement
    assert stated is not None
    return stated.groups[group].conditions


def test_asyncapi_asks_for_four_contributions_in_each_year_from_the_day_of_joining() -> None:
    four = {"contributions": Condition(Measure.CONTRIBUTIONS, 4)}
    assert conditions("asyncapi", "contributions") == four
    assert days("asyncapi", "2025-01-11") == [
        "2025-01-11",
        "2026-01-10",
        "2026-01-11",
        "2027-01-10",
    ]
    # "On the 5th of May 2023, we will check if you qualify again after the 5th of May 2022."
    assert days("asyncapi", "2022-05-05")[1:3] == ["2023-05-04", "2023-05-05"]


def test_no_program_lapses_anybody_without_a_person_since_no_document_says_so() -> None:
    for name in NAMES:
        assert tenure(name).when_not_met is WhenNotMet.REVIEW


def test_graphql_asks_for_four_tasks_in_a_term_that_begins_with_a_cohort() -> None:
    assert conditions("graphql-cohort", "tasks") == {"tasks": Condition(Measure.CONTRIBUTIONS, 4)}
    assert tenure("graphql-cohort").when_met is WhenMet.REVIEW
    # "First Ambassador Cohort Announced: September 2025. Term Ends: August 2026", and so on.
    announced = {"2025-09": "2026-08", "2025-12": "2026-11", "2026-03": "2027-02"}
    for begins, ends in (announced | {"2026-06": "2027-05"}).items():
        first, last, following, _ = days("graphql-cohort", f"{begins}-01")
        assert (first[:7], last[:7]) == (begins, ends)
        assert following[8:] == "01"


def test_magento_asks_for_one_contribution_in_six_months_within_its_cycle() -> None:
    once = {"contributions": Condition(Measure.CONTRIBUTIONS, 1, within="P6M")}
    assert conditions("magento", "activity") == once
    assert days("magento", "2026-02-01") == ["2026-02-01", "2026-12-31", "2027-02-01", "2027-12-31"]


def test_graphql_takes_applications_all_year_from_who_has_done_something() -> None:
    stated = admission("graphql-cohort")
    assert stated.mode is policy.AdmissionMode.COMMITTEE
    assert (stated.applications, stated.windows) == (True, ())
    assert stated.nominations is Nominators.ANYBODY
    assert stated.evidence == EvidenceRule(1)
    assert stated.questions["listing"].required
    assert voting("graphql-cohort").maximum == "P3M"


def test_graphql_declines_what_is_behind_a_paywall() -> None:
    assert "paywall" in read("graphql-cohort").review.decline_reasons


def test_magento_keeps_its_scoring_internal_and_we_know_none_of_it() -> None:
    stated = read("magento")
    assert stated.scoring.internal
    assert {kind.points for kind in stated.contribution_types.values()} == {None}


def test_the_demo_shows_everything_that_a_type_can_say() -> None:
    stated = read("demo")
    kinds = stated.contribution_types.values()
    assert {kind.acceptance for kind in kinds} == set(Acceptance)
    assert {kind.counting for kind in kinds} == set(Counting)
    assert {f.kind for kind in kinds for f in kind.fields.values()} == set(FieldKind)
    # Tags and the role are welcome, and nobody has to give them.
    asked = {name for kind in kinds for name in kind.required}
    assert asked == set(RequirableField) - {RequirableField.TAGS, RequirableField.ROLE}
    assert any(kind.announceable for kind in kinds)
    assert any(kind.roles and kind.metrics for kind in kinds)
    assert any(len(kind.caps) > 1 for kind in kinds)
    assert all(kind.points for kind in kinds)
    assert stated.review.decline_reasons
    assert stated.audiences


def test_the_demo_shows_what_a_requirement_can_say() -> None:
    stated = read("demo")
    assert stated.tenure is not None
    assert stated.requirement is not None
    groups = stated.requirement.groups.values()
    asked = [condition for group in groups for condition in group.conditions.values()]
    assert {group.needs for group in groups} == set(Needs)
    assert {condition.measure for condition in asked} == set(Measure)
    assert {condition.within for condition in asked} == {None, "P6M"}
    assert stated.tenure.grace
    assert stated.tenure.reminders.ending
    assert stated.tenure.reminders.at_risk
    assert stated.eligibility
    assert stated.departure.list_farewells


def test_the_demo_shows_what_an_admission_can_say() -> None:
    stated = admission("demo")
    assert {question.kind for question in stated.questions.values()} == {
        FieldKind.TEXT,
        FieldKind.INTEGER,
        FieldKind.BOOLEAN,
        FieldKind.CHOICE,
    }
    assert stated.conduct
    assert stated.evidence
    assert stated.evidence.enforcement is Enforcement.BLOCK
    assert stated.reapply_after
    assert stated.decline_reasons
    assert voting("demo").ballot is Ballot.SECRET
    assert voting("demo").confirm
    assert voting("demo").minimum_voters == 3


def test_every_mode_but_the_managers_own_has_its_example() -> None:
    modes = {admission(name).mode for name in NAMES}
    assert modes == set(policy.AdmissionMode) - {policy.AdmissionMode.MANAGER}


def test_every_clock_with_an_end_has_its_example() -> None:
    assert {tenure(name).clock for name in NAMES} == set(Clock) - {Clock.NONE}


def test_asyncapi_promises_what_its_document_promises() -> None:
    stated = read("asyncapi").benefits
    assert {code: benefit.kind for code, benefit in stated.items()} == {
        "ambassador_swag_pack": BenefitKind.SWAG,
        "conference_entry": BenefitKind.TICKET,
        "organization_invitation": BenefitKind.MEMBERSHIP,
        "participant_swag_pack": BenefitKind.SWAG,
        "recognition": BenefitKind.RECOGNITION,
    }
    # "Ambassador swag pack" at about $150, "participant" at about $70, both with shipping.
    pack, participant = stated["ambassador_swag_pack"], stated["participant_swag_pack"]
    assert (pack.value, participant.value) == (Value("150.00", "USD"), Value("70.00", "USD"))
    assert pack.offered == (Occasion.ADMISSION,)
    assert Need.ADDRESS in pack.needs
    # The invitation comes by itself and goes with the tenure; a swag pack does neither.
    invitation = stated["organization_invitation"]
    assert (invitation.automatic, invitation.ends_with_tenure) == (True, True)
    assert (pack.automatic, pack.ends_with_tenure) == (False, False)
    assert stated["conference_entry"].offered == (Occasion.EVENT,)
    assert stated["conference_entry"].codes


def test_graphql_pays_for_travel_case_by_case_and_gives_badges_by_the_term() -> None:
    stated = read("graphql-cohort").benefits
    assert stated["travel_funding"].approval
    assert stated["honorarium"].approval
    assert stated["credly_badge"].offered == (Occasion.TENURE,)
    assert stated["credly_badge"].needs == (Need.EMAIL,)
    assert {benefit.value for benefit in stated.values()} == {None}


def test_magento_promises_recognition_alone() -> None:
    stated = read("magento").benefits
    assert {benefit.kind for benefit in stated.values()} == {BenefitKind.RECOGNITION}
    assert {benefit.offered for benefit in stated.values()} == {(Occasion.AWARD,)}


def test_the_demo_shows_what_a_benefit_can_say() -> None:
    stated = read("demo").benefits.values()
    assert {benefit.kind for benefit in stated} == set(BenefitKind)
    assert {occasion for benefit in stated for occasion in benefit.offered} == set(Occasion)
    assert {need for benefit in stated for need in benefit.needs} == set(Need)
    for name in Benefit.__struct_fields__:
        values = [getattr(benefit, name) for benefit in stated]
        assert any(value != values[0] for value in values), name


def test_the_students_inherit_all_but_what_their_draft_changes() -> None:
    main, students = read("asyncapi"), read("asyncapi-students")
    (asked, name) = (students.admission.decline_reasons, "requirements_not_met")
    own = {"evidence": EvidenceRule(3, "P12M"), "decline_reasons": asked}
    assert students.admission == replace(main.admission, **own)
    assert asked[name].name == main.admission.decline_reasons[name].name
    assert students.directory == main.directory
    assert students.texts.code_of_conduct_url == main.texts.code_of_conduct_url
    assert students.texts.website_url is None
    assert students.groups == {}
    assert set(students.roles) == {"school_leader", "team_lead"}
    assert main.contribution_types.keys() - students.contribution_types.keys() == {
        "booth",
        "case_study",
    }
    assert students.contribution_types["merged_pull_request"].required == (RequirableField.URL,)
    assert students.review == main.review
    assert students.tenure == main.tenure
    assert students.departure == main.departure
    assert students.benefits.keys() ^ main.benefits.keys() == {
        "github_badge",
        "participant_swag_pack",
    }
    pack = main.benefits["ambassador_swag_pack"]
    assert students.benefits["ambassador_swag_pack"] == replace(pack, value=None)
    for code in ("conference_entry", "organization_invitation", "recognition"):
        assert students.benefits[code] == main.benefits[code]


def test_the_students_make_three_merged_pull_requests_or_three_contributions() -> None:
    stated = read("asyncapi-students")
    assert stated.requirement is not None
    (group,) = stated.requirement.groups.values()
    assert group.needs is Needs.ANY
    requests, others = (
        group.conditions[code] for code in ("merged_pull_requests", "contributions")
    )
    assert (requests.measure, requests.at_least) == (Measure.CONTRIBUTIONS, 3)
    assert (others.measure, others.at_least) == (Measure.CONTRIBUTIONS, 3)
    assert set(requests.types) == {"merged_pull_request"}
    assert set(others.types) == stated.contribution_types.keys() - {"merged_pull_request"}
    assert stated.eligibility["student"].required
    assert not stated.eligibility["mentorship"].required


def test_a_change_of_the_parent_reaches_the_students() -> None:
    change = {"directory": {"hidden_fields": ["company"]}}
    parent = policy.resolve(change, effective("asyncapi"))
    own = load("asyncapi-students")["policy"]
    child = policy.validate(policy.resolve(own, parent), own)
    assert child.directory.hidden_fields == (policy.DirectoryField.COMPANY,)


def test_magento_names_its_six_categories_and_admits_whoever_registers() -> None:
    stated = read("magento")
    assert {kind.area for kind in stated.contribution_types.values()} == set(policy.Area)
    assert stated.admission.mode is policy.AdmissionMode.OPEN
    assert stated.admission.applications
    assert stated.admission.evidence is None


def test_the_people_of_the_demo_fit_its_policy() -> None:
    people = yaml.safe_load((EXAMPLES / "members.yaml").read_text())
    stated = read("demo")
    assert len(people) == 12
    for key in ("name", "github", "githubID", "slack"):
        assert len({person[key] for person in people}) == len(people)
    for person in people:
        assert person["githubID"] > 900_000_000
        assert person["img"].startswith("https://example.org/")
        for contribution in person["contributions"]:
            code = policy.contribution_type(stated, contribution["type"])
            assert code is not None
            link = contribution["link"]
            assert link.startswith("https://example.org/") or link == ""
            assert link or RequirableField.URL not in stated.contribution_types[code].required
