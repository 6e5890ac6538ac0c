"""What goes wrong, word for word, with its exit code; never a traceback."""

import json
import os
import signal
import subprocess

import pytest
from cli_world import KAOPING, Office

from kaoping_cli.app import run


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAOPING_LANG", "zh")
    monkeypatch.setenv("KAOPING_CONFIG", str(tmp_path / ".config"))
    monkeypatch.delenv("KAOPING_DB", raising=False)
    return tmp_path


SAID = [
    (["impotr"], "没有命令“kaoping impotr” [cli.no-such-command]", "是不是“kaoping import”？"),
    (
        ["scheme", "x"],
        "没有命令“kaoping scheme x” [cli.no-such-command]",
        "可用的命令：list, show, new, diff, check, test, coverage, table",
    ),
    (["import"], "kaoping import 缺少 PATH [cli.missing-parameter]", "用法见 kaoping import --help"),
    (
        ["evaluate", "x"],
        "kaoping evaluate 缺少 --period [cli.missing-parameter]",
        "例如 -p 2025，或 -p 2025Q3；用法见 kaoping evaluate --help",
    ),
    (["evaluate", "x", "-p"], "选项 -p 后面要写值 [cli.option-without-value]", "用法见 kaoping evaluate --help"),
    (
        ["import", "d", "--dry"],
        "kaoping import 没有选项 --dry [cli.no-such-option]",
        "是不是 --dry-run？用法见 kaoping import --help",
    ),
    (["doctor", "now"], "多余的参数：now [cli.extra-argument]", "用法见 kaoping doctor --help"),
    (["publish", "five", "--on", "x"], "EVALUATION 的值不能用 [cli.bad-value]", "用法见 kaoping publish --help"),
    (
        ["evaluate", "property-abdc", "-p", "2025"],
        "没有方案“property-abdc” [plugins.unknown-scheme]",
        "是不是 property-abcd（住宅小区物业管理考核）？",
    ),
    (
        ["evaluate", "property-abcd", "-p", "2025-03"],
        "方案 property-abcd 不按 2025-03 这样的周期考评 [office.period-does-not-fit]",
        "可用的周期，例如：2025, 2025Q1",
    ),
    (
        ["evaluate", "property-abcd", "-p", "25"],
        "“25”不是考评周期 [facts.not-a-period]",
        "写法：2025、2025H1、2025Q3、2025-03、2025W07、2025-03-05，"
        "学年 2025S，双月 2025B2，旬 2025-03X1，专项行动期 2025-06-27..2025-12-31",
    ),
    (
        ["evaluate", "property-abcd", "-p", "2025", "--engine", "durabel"],
        "没有引擎“durabel”，可用：reference, durable, sql [office.unknown-engine]",
        "是不是“durable”？",
    ),
    (
        ["scheme", "check", "none.yaml"],
        "没有文件 none.yaml [office.no-such-file]",
        "检查文件名和所在文件夹；自带的方案写它的编号，见 kaoping scheme list",
    ),
    (["ledger", "--on", "20260101x", "--of", "w"], "“20260101x”不是日期 [office.not-a-day]", "写法：2026-01-20"),
    (["scheme", "test", "property-abcd", "--case", "cap-lowers"], None, None),
]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"), SAID, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_what_cannot_be_done_is_said_with_what_to_do_and_ends_2(arguments, message, hint, here, capsys):
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    if message:
        assert printed.err == f"错误：{message}\n" + (f"提示：{hint}\n" if hint else "")


@pytest.mark.parametrize("written", ["drug", "DRUG", "毒"])
def test_every_scheme_whose_name_or_title_holds_the_word_is_named(written, here, capsys):
    assert run(["evaluate", written, "-p", "2025"]) == 2
    hint = capsys.readouterr().err.splitlines()[1]
    assert hint.startswith("提示：是不是其中之一：")
    assert {"anti-drug-work-targets", "drug-free-community"} <= {
        one.partition("（")[0] for one in hint.removeprefix("提示：是不是其中之一：").split("、")
    }


def test_a_word_of_a_title_names_its_scheme(here, capsys):
    assert run(["evaluate", "六星", "-p", "2025"]) == 2
    assert "提示：是不是 harmonious-community-six-star（六星社区评选）？" in capsys.readouterr().err


def test_the_same_in_english(here, capsys, monkeypatch):
    monkeypatch.setenv("KAOPING_LANG", "en")
    assert run(["evaluate", "property-abdc", "-p", "2025"]) == 2
    assert capsys.readouterr().err == (
        "error: no scheme named 'property-abdc' [plugins.unknown-scheme]\n"
        "hint: did you mean property-abcd (Residential property management assessment)?\n"
    )


UNUSABLE = [
    (["scheme", "check", "folder.yaml"], "不能读取 folder.yaml：它是文件夹 [office.cannot-read]"),
    (["scheme", "show", "folder.yaml"], "不能读取 folder.yaml：它是文件夹 [office.cannot-read]"),
    (["scheme", "new", "tidy", "-o", "file"], "不能写入 file/kaoping-tidy：路径中有一段不是文件夹"),
    (["template", "property-abcd", "-p", "2025", "-o", "file"], "file: 无法写入：已经有同名的文件"),
    (["demo", "--files", "file"], "不能写入 file：路径中有一段不是文件夹"),
]


@pytest.mark.parametrize(
    ("arguments", "told"), UNUSABLE, ids=lambda one: " ".join(one) if isinstance(one, list) else ""
)
def test_a_file_or_folder_that_cannot_be_used_is_an_error_with_why_and_ends_3(arguments, told, here, capsys):
    (here / "folder.yaml").mkdir()
    (here / "file").write_text("", encoding="utf-8")
    assert run(arguments) == 3
    assert told in capsys.readouterr().err


def test_a_scheme_in_a_file_is_shown_as_an_installed_one_is(here, capsys):
    assert run(["scheme", "new", "tidy-yards"]) == 0
    capsys.readouterr()
    file = "kaoping-tidy-yards/kaoping_tidy_yards/tidy-yards.yaml"
    assert run(["scheme", "show", file]) == 0
    assert capsys.readouterr().out.startswith("tidy-yards  [tidy-yards]  第1版\n考评对象：社区；周期：年\n")
    assert run(["scheme", "new", "tidy-yards"]) == 2
    assert capsys.readouterr().err.endswith("提示：换一个方案编号，或用 -o 写到别的文件夹\n")


def test_with_json_an_error_is_one_object_on_standard_output(here, capsys):
    assert run(["evaluate", "property-abdc", "-p", "2025", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.err == ""
    assert json.loads(printed.out) == {
        "errors": [
            {
                "code": "plugins.unknown-scheme",
                "message": "没有方案“property-abdc”",
                "hint": "是不是 property-abcd（住宅小区物业管理考核）？",
            }
        ]
    }
    assert run(["nothing", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "cli.no-such-command"


def test_a_missing_database_ends_3(here, capsys):
    assert run(["evaluate", "property-abcd", "-p", "2025"]) == 3
    assert capsys.readouterr().err == (
        "错误：没有数据库 kaoping.db [store.missing]\n提示：新建：kaoping db init；数据库在别处时，用 --db 指明\n"
    )


def test_a_database_that_is_there_is_not_made_again(here, capsys):
    assert run(["db", "init"]) == 0
    capsys.readouterr()
    assert run(["db", "init"]) == 3
    assert "[store.exists]" in capsys.readouterr().err


def test_bad_files_end_1_with_every_error_and_nothing_written(here, capsys):
    run(["db", "init"])
    (here / "subjects.csv").write_text("subject,type,title\nx1,estate,甲\nx2,estat,乙\n", encoding="utf-8")
    (here / "scores.csv").write_text("subject,period,group_score\nx1,2025Q1,120\nx9,2025Q1,80\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["import", "subjects.csv", "scores.csv", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["written"], data["unchanged"], data["batch"]) == (0, 0, None)
    assert len(data["errors"]) == 3
    assert run(["import", "subjects.csv", "scores.csv"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("错误：") == 3
    assert printed.err.endswith("3 处错误，没有写入任何数据；改好后再导入\n")
    assert run(["fact", "show", "x1"]) == 2


def test_a_fault_of_ours_ends_5_with_an_apology_and_keeps_its_traceback_in_a_file(here, capsys, monkeypatch):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("kaoping.office.doctor.examine", fail)
    monkeypatch.setattr("tempfile.tempdir", str(here))
    assert run(["doctor"]) == 5
    printed = capsys.readouterr()
    assert printed.out == ""
    [kept] = here.glob("kaoping-error-*.txt")
    assert printed.err == (
        "错误：抱歉，程序出错了（ZeroDivisionError）。"
        "数据没有改动到一半：每次写入要么全部完成，要么没有发生 [cli.bug]\n"
        f"提示：详情已存入 {kept}，请连同所用命令一起报告\n"
    )
    assert "ZeroDivisionError: a bug" in kept.read_text(encoding="utf-8")
    assert run(["doctor", "--json"]) == 5
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "cli.bug"


def test_an_interrupted_command_ends_130(here, capsys, monkeypatch):
    def interrupt(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("kaoping.office.doctor.examine", interrupt)
    assert run(["doctor"]) == 130
    assert capsys.readouterr().err == "已中断\n"


def test_ctrl_c_during_long_work_ends_130_without_a_traceback(tmp_path):
    process = subprocess.Popen(
        [KAOPING, "demo"],
        cwd=tmp_path,
        env={**os.environ, "KAOPING_LANG": "zh", "KAOPING_CONFIG": str(tmp_path / ".config")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:  # wait until the work is well under way
        if "property-abcd 2025Q1" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("已中断\n")
    assert "Traceback" not in out + err


def test_a_group_without_a_command_shows_its_help_and_ends_2(here, capsys):
    assert run(["scheme"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("用法：kaoping scheme [选项] 命令")


def test_rare_characters_do_not_stop_a_gbk_console(tmp_path):
    office = Office(tmp_path)
    office.run("db", "init")
    (tmp_path / "subjects.csv").write_text("subject,type,title\nx1,estate,䶮府\n", encoding="utf-8")
    office.run("import", "subjects.csv")
    ran = office.run("fact", "show", "x1", encoding="gbk")
    assert ran.code == 0
    assert ran.out.startswith("?府  [x1]")
    exact = office.run("fact", "show", "x1", "--json", encoding="gbk")
    assert exact.data["title"] == "䶮府"


def test_output_that_nobody_reads_to_the_end_is_no_error(tmp_path):
    command = f"'{KAOPING}' scheme show property-abcd | head -1"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ran.stderr
    assert len(ran.stdout.splitlines()) == 1
