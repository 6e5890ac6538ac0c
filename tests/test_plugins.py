import sys
from fractions import Fraction
from pathlib import Path

import pytest

from kaoping.errors import DataError, EnvironmentError, Problems, RefusedError, UsageError
from kaoping.evaluation.rulebook import EngineFailedError, Row, RuleBook
from kaoping.hookspecs import hookimpl
from kaoping.plugins import list_plugins
from kaoping.settings import save_settings

OFFER = """
from importlib.resources import files
from kaoping.hookspecs import hookimpl
from kaoping.scheme.reader import read_schemes

@hookimpl
def kaoping_schemes():
    return read_schemes(files(__name__))
"""
ENGINE = """
from kaoping.hookspecs import hookimpl

class Engine:
    name = "{name}"
    def unavailable(self): return None
    def judge(self, book, rows): return iter(())

@hookimpl
def kaoping_engines():
    return [Engine()]
"""


def scheme(scheme_id: str, *, unit: str = "分", fact: str = "score_given") -> str:
    return f"""scheme: {scheme_id}
edition: "1"
title: {{zh: 方案, en: Scheme}}
source: {{document: 某办法}}
subject: community
period: year
parameters:
  floor: {{value: 60, source: 第一条, title: {{zh: 及格分, en: Pass mark}}}}
facts:
  {fact}: {{type: number, min: 0, max: 100, unit: {unit}, title: {{zh: 得分, en: Score}}}}
grade:
  bands:
    passed: {fact} >= floor
    failed: otherwise
  titles: {{passed: {{zh: 合格, en: Passed}}, failed: {{zh: 不合格, en: Failed}}}}
"""


def offering(module: str, scheme_id: str, **options: str) -> dict[str, str]:
    return {f"{module}/__init__.py": OFFER, f"{module}/{scheme_id}.yaml": scheme(scheme_id, **options)}


def statuses(plugins) -> dict[str, str]:
    return {plugin.name: plugin.status for plugin in plugins.found}


# What runs, and what does not


def test_what_is_installed_is_not_active_and_none_of_it_is_imported(shelf):
    shelf.add("kaoping-loud", {"loud": "kaoping_loud"}, {"kaoping_loud/__init__.py": "raise AssertionError"})
    [plugin] = shelf.load().found
    assert (plugin.name, plugin.distribution, plugin.version, plugin.module) == (
        "loud",
        "kaoping-loud",
        "1.0",
        "kaoping_loud",
    )
    assert (plugin.status, plugin.verified, plugin.problem, plugin.schemes) == ("inactive", False, None, ())
    assert "kaoping_loud" not in sys.modules


def test_an_enabled_plugin_runs_and_its_facts_join_the_catalogue(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    plugins = shelf.load()
    [plugin] = plugins.found
    assert (plugin.status, plugin.verified, plugin.problem) == ("active", True, None)
    assert list(plugins.schemes) == ["one-scheme"]
    assert plugins.owner("one-scheme") is plugin
    assert plugins.catalogue.facts["community", "score_given"].type.maximum == Fraction(100)


def test_what_ships_with_kaoping_is_active_until_it_is_turned_off(shelf):
    shelf.add("kaoping", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    [plugin] = shelf.load().found
    assert (plugin.status, plugin.bundled, plugin.verified) == ("active", True, True)
    save_settings(shelf.settings.turn_off("one"))
    plugins = shelf.load()
    assert statuses(plugins) == {"one": "disabled"}
    assert plugins.schemes == {}


def test_plugins_are_sorted_by_name_wherever_they_come_from(shelf):
    shelf.add("kaoping", {"m": "km", "b": "kb"}, offering("km", "m-scheme") | offering("kb", "b-scheme", fact="f"))
    shelf.add("aaa-outside", {"z": "kz", "a": "ka"}, {"kz.py": "", "ka.py": ""})
    plugins = shelf.load()
    assert [plugin.name for plugin in plugins.found] == ["a", "b", "m", "z"]
    assert list(plugins.schemes) == ["b-scheme", "m-scheme"]


def test_only_the_plugins_asked_for_are_considered(shelf):
    shelf.add("kaoping", {"one": "kaoping_one", "two": "kaoping_two"}, offering("kaoping_one", "one-scheme"))
    assert statuses(shelf.load(only={"one"})) == {"one": "active"}


def test_what_a_plugin_prints_while_it_loads_does_not_reach_standard_output(shelf, capsys):
    shelf.add("kaoping", {"one": "kaoping_one"}, {"kaoping_one/__init__.py": "print('你好')\n" + OFFER})
    shelf.load()
    assert capsys.readouterr() == ("", "你好\n")


# Changed since it was enabled

CHANGED_ZH = "插件“one”的文件在启用之后变了（kaoping-one 1.0），没有运行"
CHANGED_EN = "the files of plugin 'one' have changed since it was enabled (kaoping-one 1.0); none of it ran"


def test_one_changed_byte_is_refused_before_any_code_runs(shelf):
    files = {"kaoping_one/__init__.py": "VALUE = 1\n" + OFFER, "kaoping_one/one-scheme.yaml": scheme("one-scheme")}
    shelf.add("kaoping-one", {"one": "kaoping_one"}, files)
    shelf.enable("one")
    file = shelf.folder / "kaoping_one/__init__.py"
    file.write_text(file.read_text(encoding="utf-8").replace("VALUE = 1", "VALUE = 2"), encoding="utf-8")
    plugins = shelf.load()
    [plugin] = plugins.found
    assert (plugin.status, plugin.verified, plugin.schemes) == ("changed", False, ())
    assert isinstance(plugin.problem, RefusedError)
    assert plugin.problem.text("zh") == CHANGED_ZH
    assert plugin.problem.text("en") == CHANGED_EN
    assert plugin.problem.hint("zh") == (
        "先弄清为什么变了；确认无误后 kaoping plugin enable one，否则 kaoping plugin remove one"
    )
    assert plugin.problem.hint("en") == (
        "find out why; if all is well, kaoping plugin enable one, else kaoping plugin remove one"
    )
    assert "kaoping_one" not in sys.modules
    shelf.enable("one")
    assert statuses(shelf.load()) == {"one": "active"}


@pytest.mark.parametrize("name", ["kaoping_one/second.yaml", "kaoping_one/__init__.so", "kaoping_one/inner/late.py"])
def test_a_file_put_beside_the_others_counts_as_a_change(shelf, name):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    (shelf.folder / name).parent.mkdir(exist_ok=True)
    (shelf.folder / name).write_text("", encoding="utf-8")
    assert shelf.load().found[0].problem.text("zh") == CHANGED_ZH


def test_a_missing_file_counts_as_a_change(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    (shelf.folder / "kaoping_one/one-scheme.yaml").unlink()
    assert shelf.load().found[0].problem.text("en") == CHANGED_EN


def test_a_bytecode_cache_is_no_change(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    (shelf.folder / "kaoping_one/__pycache__").mkdir(exist_ok=True)
    (shelf.folder / "kaoping_one/__pycache__/other.cpython-311.pyc").write_bytes(b"\0")
    assert statuses(shelf.load()) == {"one": "active"}


def test_another_version_must_be_enabled_again(shelf):
    info = shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    for file in info.iterdir():
        file.unlink()
    info.rmdir()
    shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"), version="1.1")
    [plugin] = shelf.load().found
    assert plugin.status == "changed"
    assert plugin.problem.text("zh") == "插件“one”启用的是 kaoping-one 1.0，现在装的是 1.1，没有运行"
    assert plugin.problem.text("en") == (
        "plugin 'one' was enabled as kaoping-one 1.0, now 1.1 is installed; none of it ran"
    )
    assert plugin.problem.hint("zh") == "核对新版本后执行 kaoping plugin enable one"


def test_an_editable_install_is_enabled_by_its_folder_and_shown_as_unverified(shelf, tmp_path, monkeypatch):
    source = tmp_path / "source"
    (source / "kaoping_one").mkdir(parents=True)
    for name, text in offering("kaoping_one", "one-scheme").items():
        (source / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(source))
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {}, editable=str(source))
    assert shelf.enable("one").digest == ""
    (source / "kaoping_one/later.py").write_text("", encoding="utf-8")
    [plugin] = shelf.load().found
    assert (plugin.status, plugin.verified, plugin.editable) == ("active", False, str(source))
    assert [one.id for one in plugin.schemes] == ["one-scheme"]


def test_an_editable_install_from_another_folder_must_be_enabled_again(shelf, tmp_path):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {}, editable=str(tmp_path / "here"))
    shelf.enable("one")
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {}, editable=str(tmp_path / "there"))
    [plugin] = shelf.load().found
    assert plugin.status == "changed"
    assert plugin.problem.text("zh") == (
        f"插件“one”启用的是 {tmp_path / 'here'}，现在装的是 {tmp_path / 'there'}，没有运行"
    )


def test_a_name_enabled_for_one_distribution_is_not_enabled_for_another(shelf):
    info = shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    (info / "METADATA").unlink()
    shelf.add("kaoping-uno", {"one": "kaoping_uno"}, {"kaoping_uno.py": "raise AssertionError"})
    assert [(p.distribution, p.status) for p in shelf.load().found] == [("kaoping-uno", "inactive")]


def test_a_module_that_would_come_from_elsewhere_is_not_loaded(shelf, tmp_path, monkeypatch):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "kaoping_one").mkdir(parents=True)
    (elsewhere / "kaoping_one/__init__.py").write_text("raise AssertionError", encoding="utf-8")
    monkeypatch.syspath_prepend(str(elsewhere))
    [plugin] = shelf.load().found
    place = elsewhere / "kaoping_one/__init__.py"
    assert plugin.status == "set_aside"
    assert plugin.problem.text("zh") == (
        f"插件“one”的模块 kaoping_one 会从 {place} 读入，那不是 kaoping-one 的文件；没有运行"
    )
    assert plugin.problem.text("en") == (
        f"module kaoping_one of plugin 'one' would be loaded from {place}, which is not a file of kaoping-one; "
        "none of it ran"
    )


# Broken plugins stop nobody else


def broken(shelf, code: str):
    """The plugin with this code, beside a sound one that must go on working."""
    shelf.add("kaoping", {"good": "kaoping_good"}, offering("kaoping_good", "good-scheme"))
    shelf.add("kaoping-bad", {"bad": "kaoping_bad"}, {"kaoping_bad.py": code})
    shelf.enable("bad")
    plugins = shelf.load()
    assert statuses(plugins) == {"bad": "set_aside", "good": "active"}
    assert list(plugins.schemes) == ["good-scheme"]
    return plugins.plugin("bad").problem


@pytest.mark.parametrize(
    ("code", "line", "problem"),
    [
        ("\nimport nowhere_to_be_found\n", ":2", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("raise SystemExit(3)\n", ":1", "SystemExit: 3"),
        ("x = 1\ny = x / 0\n", ":2", "ZeroDivisionError: division by zero"),
        ("def f(:\n", ":1:7", "SyntaxError: invalid syntax"),
        ("def f(): f()\nf()\n", ":1", "RecursionError: maximum recursion depth exceeded"),
        ("raise ExceptionGroup('two', [ValueError(1)])\n", ":1", "ExceptionGroup: two (1 sub-exception)"),
    ],
)
def test_a_plugin_that_fails_to_import_does_not_stop_the_rest(shelf, code, line, problem):
    error = broken(shelf, code)
    place = f"{shelf.folder / 'kaoping_bad.py'}{line}"
    assert isinstance(error, EnvironmentError)
    assert error.text("zh") == f"{place}: 插件“bad”无法载入：{problem}"
    assert error.text("en") == f"{place}: plugin 'bad' cannot be imported: {problem}"
    assert error.hint("zh") == "把这条信息告诉插件作者；暂不用它：kaoping plugin disable bad"


def test_a_module_that_is_not_there_is_named(shelf):
    shelf.add("kaoping-bad", {"bad": "kaoping_bad"}, {})
    shelf.enable("bad")
    [plugin] = shelf.load().found
    assert plugin.problem.text("zh") == "插件“bad”无法载入：ModuleNotFoundError: No module named 'kaoping_bad'"


HOOK = "from kaoping.hookspecs import hookimpl\n\n@hookimpl\n"


def test_a_hook_that_raises_is_named_with_its_place(shelf):
    error = broken(shelf, HOOK + "def kaoping_schemes():\n    return {}['six']\n")
    place = f"{shelf.folder / 'kaoping_bad.py'}:5"
    assert error.text("zh") == f"{place}: 插件“bad”的 kaoping_schemes 出错：KeyError: 'six'"
    assert error.text("en") == f"{place}: kaoping_schemes of plugin 'bad' failed: KeyError: 'six'"


def test_a_generator_that_raises_half_way_gives_nothing(shelf):
    error = broken(shelf, HOOK + "def kaoping_engines():\n    yield 1\n    raise ValueError('half way')\n")
    place = f"{shelf.folder / 'kaoping_bad.py'}:6"
    assert error.text("zh") == f"{place}: 插件“bad”的 kaoping_engines 出错：ValueError: half way"


@pytest.mark.parametrize(
    ("hook", "given", "kind", "named"),
    [
        ("kaoping_schemes", "None", "Scheme", "NoneType"),
        ("kaoping_schemes", "'six'", "Scheme", "str"),
        ("kaoping_schemes", "42", "Scheme", "int"),
        ("kaoping_schemes", "[{}]", "Scheme", "dict"),
        ("kaoping_engines", "[object()]", "Engine", "object"),
    ],
)
def test_a_hook_that_gives_something_else_is_told_what_it_should_give(shelf, hook, given, kind, named):
    error = broken(shelf, HOOK + f"def {hook}():\n    return {given}\n")
    assert isinstance(error, DataError)
    assert error.text("zh") == f"插件“bad”的 {hook} 应给出 {kind}，给出的却是 {named}"
    assert error.text("en") == f"{hook} of plugin 'bad' must give objects of type {kind}; it gave {named}"


def test_a_plugin_without_a_hook_is_told_what_there_is(shelf):
    error = broken(shelf, "def kaoping_schemes():\n    return []\n")
    assert error.text("zh") == "插件“bad”什么也没有提供"
    assert error.text("en") == "plugin 'bad' offers nothing"
    assert (
        error.hint("en")
        == "author: mark a function with @hookimpl; the hooks are kaoping_engines, kaoping_provers, kaoping_schemes"
    )


def test_a_hook_that_does_not_exist_is_an_error(shelf):
    error = broken(shelf, HOOK + "def kaoping_scheme():\n    return []\n")
    assert error.text("zh") == "插件“bad”提供的 kaoping_scheme 不是本系统的钩子"
    assert error.text("en") == "plugin 'bad' implements kaoping_scheme, which is not a hook"


def test_a_hook_with_arguments_that_are_not_offered_is_an_error(shelf):
    error = broken(shelf, HOOK + "def kaoping_schemes(folder):\n    return []\n")
    assert error.text("en") == (
        "plugin 'bad' implements a hook in the wrong form: Argument(s) {'folder'} are declared in the hookimpl but "
        "can not be found in the hookspec"
    )


def test_errors_in_a_scheme_file_keep_their_places(shelf):
    shelf.add("kaoping", {"good": "kaoping_good"}, offering("kaoping_good", "good-scheme"))
    text = scheme("bad-scheme").replace("score_given >= floor", "score_given >= ").replace("value: 60, ", "")
    files = {"kaoping_bad/__init__.py": OFFER, "kaoping_bad/bad-scheme.yaml": text}
    shelf.add("kaoping-bad", {"bad": "kaoping_bad"}, files)
    shelf.enable("bad")
    plugins = shelf.load()
    assert statuses(plugins) == {"bad": "set_aside", "good": "active"}
    problem = plugins.plugin("bad").problem
    assert isinstance(problem, Problems)
    places = [(Path(error.place.file).name, error.place.line) for error in problem.errors]
    assert sorted(places) == [("bad-scheme.yaml", 8), ("bad-scheme.yaml", 13)]
    assert all(error.place.column for error in problem.errors)


# Two that claim the same


def test_two_distributions_that_claim_one_name_are_both_set_aside(shelf):
    shelf.add("kaoping-one", {"stars": "kaoping_one"}, {"kaoping_one.py": "raise AssertionError"})
    shelf.add("kaoping-two", {"stars": "kaoping_two", "other": "kaoping_other"}, {"kaoping_other.py": ""})
    found = shelf.load().found
    assert [(p.name, p.distribution, p.status) for p in found] == [
        ("other", "kaoping-two", "inactive"),
        ("stars", "kaoping-one", "set_aside"),
        ("stars", "kaoping-two", "set_aside"),
    ]
    for plugin in found[1:]:
        assert plugin.problem.text("zh") == (
            "不止一个安装包自称插件“stars”：kaoping-one 1.0 · kaoping-two 1.0；一个也没有运行"
        )
        assert plugin.problem.text("en") == (
            "more than one distribution claims the plugin name 'stars': kaoping-one 1.0 · kaoping-two 1.0; "
            "none of them runs"
        )
        assert plugin.problem.hint("zh") == "卸载不要的那个：kaoping plugin remove 安装包名"
    with pytest.raises(RefusedError):
        shelf.enable("stars")


def test_one_distribution_found_twice_counts_once_as_it_does_for_imports(shelf, tmp_path):
    later = tmp_path / "later"
    shelf.add("kaoping", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.add("Kaoping", {"one": "kaoping_one"}, {}, version="0.9", folder=later)
    [plugin] = list_plugins(shelf.settings, path=[str(shelf.folder), str(later)])
    assert (plugin.version, plugin.status) == ("1.0", "active")


def test_an_outside_plugin_cannot_take_the_scheme_of_one_that_shipped(shelf):
    shelf.add("kaoping", {"zzz": "kaoping_zzz"}, offering("kaoping_zzz", "six-star"))
    shelf.add("kaoping-aaa", {"aaa": "kaoping_aaa"}, offering("kaoping_aaa", "six-star"))
    shelf.enable("aaa")
    plugins = shelf.load()
    assert statuses(plugins) == {"aaa": "set_aside", "zzz": "active"}
    assert plugins.plugin("aaa").problem.text("zh") == (
        "插件 aaa (kaoping-aaa) 的方案编号“six-star”已被插件 zzz (kaoping) 使用"
    )
    assert plugins.plugin("aaa").problem.text("en") == (
        "plugin aaa (kaoping-aaa) offers scheme 'six-star', which plugin zzz (kaoping) already offers"
    )


def test_of_two_outside_plugins_with_one_scheme_the_first_by_name_keeps_it(shelf):
    for name in ("two", "one"):
        shelf.add(f"kaoping-{name}", {name: f"kaoping_{name}"}, offering(f"kaoping_{name}", "six-star"))
        shelf.enable(name)
    plugins = shelf.load()
    assert statuses(plugins) == {"one": "active", "two": "set_aside"}
    assert plugins.plugin("two").problem.text("zh") == (
        "插件 two (kaoping-two) 的方案编号“six-star”已被插件 one (kaoping-one) 使用"
    )


def test_one_plugin_with_the_same_scheme_twice_is_set_aside(shelf):
    files = offering("kaoping_one", "six-star") | {"kaoping_one/again.yaml": scheme("six-star")}
    shelf.add("kaoping", {"one": "kaoping_one"}, files)
    assert shelf.load().plugin("one").problem.text("zh") == "插件“one”两次提供方案“six-star”"


def test_an_engine_name_belongs_to_one_plugin(shelf):
    for name in ("one", "two"):
        files = {f"kaoping_{name}.py": ENGINE.format(name="durable")}
        shelf.add(f"kaoping-{name}", {name: f"kaoping_{name}"}, files)
        shelf.enable(name)
    plugins = shelf.load()
    assert statuses(plugins) == {"one": "active", "two": "set_aside"}
    assert list(plugins.engines) == ["durable"]
    assert plugins.plugin("two").problem.text("en") == (
        "plugin two (kaoping-two) offers engine 'durable', which plugin one (kaoping-one) already offers"
    )


def test_a_fact_declared_otherwise_than_before_sets_the_later_plugin_aside(shelf):
    shelf.add("kaoping", {"zzz": "kaoping_zzz"}, offering("kaoping_zzz", "first"))
    shelf.add("kaoping-aaa", {"aaa": "kaoping_aaa"}, offering("kaoping_aaa", "second", unit="件"))
    shelf.enable("aaa")
    plugins = shelf.load()
    assert statuses(plugins) == {"aaa": "set_aside", "zzz": "active"}
    [error] = plugins.plugin("aaa").problem.errors
    assert (error.key, Path(error.place.file).name, error.place.line) == ("scheme.fact-clash", "second.yaml", 10)
    assert plugins.catalogue.facts["community", "score_given"].type.unit == "分"


# Metadata that cannot be read


@pytest.mark.parametrize("line", ["bad", "bad =", "bad = not a module", "= kaoping_bad", "b/d = kaoping_bad"])
def test_an_entry_that_names_no_module_is_shown(shelf, line):
    shelf.add("kaoping-bad", f"{line}\ngood = kaoping_good", offering("kaoping_good", "good-scheme"))
    shelf.enable("good")
    found = {plugin.status: plugin for plugin in shelf.load().found}
    assert found["active"].name == "good"
    assert found["set_aside"].problem.text("zh") == f"安装包 kaoping-bad 的插件登记有误：“{line}”"
    assert found["set_aside"].problem.text("en") == (
        f"distribution kaoping-bad registers a plugin in a way that cannot be read: {line!r}"
    )


def test_wrecked_metadata_of_others_stops_nothing(shelf):
    shelf.add("kaoping", {"good": "kaoping_good"}, offering("kaoping_good", "good-scheme"))
    (shelf.add("wreck-a", {"a": "wreck"}, {}) / "entry_points.txt").write_bytes(b"[kaoping]\n\xff\xfe = x\n")
    (shelf.add("wreck-b", {"b": "wreck"}, {}) / "METADATA").write_bytes(b"Name: \xff\n")
    (shelf.add("wreck-c", {"c": "wreck"}, {}) / "direct_url.json").write_text("[1", encoding="utf-8")
    (shelf.add("wreck-d", {"d": "wreck"}, {}) / "RECORD").write_bytes(b'"\n,,,,,\n\n\x00,,\n')
    assert statuses(shelf.load()) == {"c": "inactive", "d": "inactive", "good": "active"}


def test_a_plugin_whose_file_list_became_unreadable_has_changed(shelf):
    info = shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "one-scheme"))
    shelf.enable("one")
    (info / "RECORD").write_bytes(b"a\x00b,,\n")
    assert statuses(shelf.load()) == {"one": "changed"}
    (info / "RECORD").unlink()
    assert statuses(shelf.load()) == {"one": "changed"}


# Engines that misbehave once they are asked


FAULTY = (
    HOOK
    + """def kaoping_engines():
    return [Faulty()]

class Faulty:
    name = "faulty"

    def unavailable(self):
        {unavailable}

    def judge(self, book, rows):
        {judge}
"""
)


def faulty(shelf, unavailable: str = "return None", judge: str = "return iter(())"):
    code = FAULTY.format(unavailable=unavailable, judge=judge)
    shelf.add("kaoping-bad", {"bad": "kaoping_bad"}, {"kaoping_bad.py": code})
    shelf.enable("bad")
    return shelf.load().engines["faulty"]


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        ("raise ValueError('lost')", "ValueError: lost (PLACE:14)"),
        ("yield 1 / 0", "ZeroDivisionError: division by zero (PLACE:14)"),
        ("raise SystemExit", "SystemExit (PLACE:14)"),
        ("return [42]", "not an Opinion: int"),
        ("return None", "TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_whatever_an_engine_raises_is_a_failed_opinion_and_no_more(shelf, judge, reason):
    engine = faulty(shelf, judge=judge)
    with pytest.raises(EngineFailedError) as caught:
        list(engine.judge(RuleBook("s", (), None), [Row("a", {})]))
    assert str(caught.value) == reason.replace("PLACE", str(shelf.folder / "kaoping_bad.py"))


def test_an_engine_that_cannot_say_why_it_cannot_run_cannot_run(shelf):
    engine = faulty(shelf, unavailable="raise OSError('no licence')")
    assert engine.unavailable() == f"OSError: no licence ({shelf.folder / 'kaoping_bad.py'}:11)"


def test_what_an_engine_prints_does_not_reach_standard_output(shelf, capsys):
    engine = faulty(shelf, judge="print('thinking'); yield from ()")
    assert list(engine.judge(RuleBook("s", (), None), [])) == []
    assert capsys.readouterr() == ("", "thinking\n")


# Asking for one


def test_an_unknown_scheme_is_answered_with_the_nearest(shelf):
    shelf.add("kaoping", {"one": "kaoping_one"}, offering("kaoping_one", "six-star"))
    with pytest.raises(UsageError) as caught:
        shelf.load().scheme("six-stars")
    assert caught.value.text("zh") == "没有方案“six-stars”"
    assert caught.value.text("en") == "no scheme named 'six-stars'"
    assert caught.value.hint("zh") == "是不是 six-star（方案）？"


def test_an_unknown_scheme_points_at_the_plugins_that_do_not_run(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, offering("kaoping_one", "six-star"))
    with pytest.raises(UsageError) as caught:
        shelf.load().scheme("six-star")
    assert caught.value.hint("zh") == "以下插件没有运行：one；原因见 kaoping plugin list"
    assert caught.value.hint("en") == "these plugins do not run: one; kaoping plugin list says why"


def test_an_unknown_plugin_is_answered_with_the_nearest(shelf):
    shelf.add("kaoping", {"durable": "kaoping_one"}, offering("kaoping_one", "six-star"))
    with pytest.raises(UsageError) as caught:
        shelf.load().plugin("durabel")
    assert caught.value.text("zh") == "没有安装名为“durabel”的插件"
    assert caught.value.text("en") == "no plugin named 'durabel' is installed"
    assert caught.value.hint("en") == "did you mean 'durable'?"


def test_a_hook_is_a_plain_function_to_its_author():
    @hookimpl
    def kaoping_schemes():
        return []

    assert kaoping_schemes() == []
