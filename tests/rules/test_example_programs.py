"""The example files are valid, and say what the real programs' documents say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from domain.rules import policy
from domain.rules.policy_contributions import (
    Acceptance,
    Counting,
    FieldKind,
    RequirableField,
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


def test_asyncapi_asks_for_no_link_and_declines_disguised_marketing() -> None:
    stated = read("asyncapi")
    for kind in stated.contribution_types.values():
        assert (kind.required, kind.roles, kind.points, kind.caps) == ((), (), None, ())
    assert "marketing" in stated.review.decline_reasons
    assert not stated.scoring.internal


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


def test_the_students_inherit_all_but_what_their_draft_changes() -> None:
    main, students = read("asyncapi"), read("asyncapi-students")
    assert students.admission == main.admission
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
