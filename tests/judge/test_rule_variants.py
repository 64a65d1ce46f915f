"""--ties, --end, --top: a rule with its choices made accepts the policy that makes them, and no other."""
import json
import subprocess
import sys

import pytest

from rewritten import (BEST_END, BEST_TIES, BUDDY_END, BUDDY_LARGEST, BUDDY_TOP_256, FIRST_TIES,
                       FIRST_TIES_BEGIN, MM, rewritten)

sys.path.insert(0, str(MM.parents[1] / "tools"))
from policies import JUDGE, build_child  # noqa: E402

# {rule: {the choices that it makes: the policy}}
POLICIES = {
    "best_fit": {
        "": rewritten("best_fit_pmm"),
        "--ties high": rewritten("best_fit_pmm", BEST_TIES),
        "--end high": rewritten("best_fit_pmm", BEST_END),
        "--ties high --end high": rewritten("best_fit_pmm", BEST_TIES, BEST_END),
    },
    "first_fit": {
        "": rewritten("default_pmm"),
        "--ties high": rewritten("default_pmm", FIRST_TIES, FIRST_TIES_BEGIN),
    },
    "buddy": {
        "--top 1024": rewritten("buddy_system_pmm"),
        "--top 256": rewritten("buddy_system_pmm", BUDDY_TOP_256),
        "--top 1024 --end high": rewritten("buddy_system_pmm", BUDDY_END),
    },
}
PLACEMENT = "[pbt][luo][adp]*"  # placement, buddies, top


def judge(child, *options):
    done = subprocess.run([JUDGE, "--quiet", *options, child], text=True, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    return done


@pytest.fixture(scope="module", name="children")
def make_children(tmp_path_factory):
    """{rule: {choices: child}}"""
    folder, made = tmp_path_factory.mktemp("variants"), {}
    for rule, texts in POLICIES.items():
        for number, (choices, text) in enumerate(texts.items()):
            source = folder / f"{rule}_{number}.c"
            source.write_text(text)
            made.setdefault(rule, {})[choices] = str(source.with_suffix(""))
            build_child(str(source), str(source.with_suffix("")), extra=["-iquote", str(MM)])
    return made


@pytest.mark.parametrize("rule,options", [(rule, options) for rule, all_of_it in POLICIES.items()
                                          for options in all_of_it])
def test_a_variant_is_kept_by_the_policy_that_makes_its_choices_and_by_no_other(children, rule,
                                                                             options):
    for choices, child in children[rule].items():
        done = judge(child, "--rule", rule, *options.split(), "--only", PLACEMENT,
                     "--seeds", "8")
        assert (done.returncode == 0) == (choices == options), (choices, done.stdout)


def test_what_was_expected_is_said_and_the_options_show_it_again(children, tmp_path):
    child = children["best_fit"][""]
    done = judge(child, "--rule", "best_fit", "--ties", "high", "--only", "placement", "--json",
                 tmp_path / "json")
    assert "though best fit, the highest of equals, takes page" in done.stdout
    failure = json.loads((tmp_path / "json").read_text())["properties"][0]
    assert "--rule best_fit --ties high" in failure["options"]
    assert judge(child, "--only", "placement", *failure["options"].split()).returncode == 1
    done = judge(children["buddy"]["--top 1024"], "--rule", "buddy", "--top", "256", "--only", "top")
    assert "for 257 pages, though the largest block is to have 256" in done.stdout


@pytest.mark.parametrize("policy,end,granted,wanted", [
    (BUDDY_END, "low", "[1, +1) is", "a buddy takes [0, +1) of the free block [0, +2)"),
    (None, "high", "[0, +1) is", "a buddy from the high end takes [1, +1) of the free block [0, +2)"),
    (BUDDY_LARGEST, "low", "[0, +1) is", "a buddy takes [2, +1) of the free block [2, +1)"),
], ids=["the upper half", "the lower half", "a larger block"])
def test_of_a_buddy_the_block_that_was_granted_and_the_one_that_is_wanted_are_named(
        tmp_path, policy, end, granted, wanted):
    source = tmp_path / "buddy.c"
    source.write_text(rewritten("buddy_system_pmm", *filter(None, [policy])))
    build_child(str(source), str(tmp_path / "buddy"))
    done = judge(tmp_path / "buddy", "--rule", "buddy", "--end", end, "--only", "placement")
    assert f"rule: {granted} granted, though {wanted}\n" in done.stdout


@pytest.mark.parametrize("policy,said", [(BUDDY_LARGEST, ""), (BUDDY_END, "[1, +1) is granted")],
                         ids=["a larger block", "the upper half"])
def test_any_buddy_splits_whichever_block_it_likes_and_grants_its_low_end(tmp_path, policy, said):
    source = tmp_path / "buddy.c"
    source.write_text(rewritten("buddy_system_pmm", policy))
    build_child(str(source), str(tmp_path / "buddy"))
    done = judge(tmp_path / "buddy", "--rule", "any_buddy", "--only", PLACEMENT, "--seeds", "8")
    assert (done.returncode == 0) == (said == ""), done.stdout
    assert said in done.stdout


@pytest.mark.parametrize("options", [
    ("--ties", "high"), ("--rule", "buddy", "--ties", "high"), ("--end", "high"),
    ("--rule", "next_fit", "--end", "high"), ("--rule", "first_fit", "--top", "8"),
    ("--rule", "buddy", "--top", "100"), ("--rule", "best_fit", "--ties", "up")], ids=" ".join)
def test_choices_that_a_rule_has_not_are_wrong_usage(options):
    assert judge("no_child", *options).returncode == 2
