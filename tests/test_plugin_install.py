import hashlib
import stat
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaoping.errors import DataError, EnvironmentError, RefusedError, UsageError
from kaoping.install import Installation, Removal, Switch, disable, enable, install, remove

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
INFO = "kaoping_one-1.0.dist-info"


@pytest.fixture
def no_pip(monkeypatch):
    """Whoever gets as far as running pip fails the test."""

    def called(*arguments, **_):
        raise AssertionError(arguments)

    monkeypatch.setattr(subprocess, "run", called)


def wheel(folder: Path, extra: dict[str, str] | None = None, *, name: str = "kaoping_one", **metadata: str) -> Path:
    """A wheel of one plugin, with further members."""
    info = f"{name}-1.0.dist-info"
    entries = metadata.get("entries", f"[kaoping]\none = {name}\n")
    members = {
        f"{name}/__init__.py": "raise AssertionError",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {metadata.get('called', name)}\nVersion: 1.0\n"
        "Requires-Dist: kaoping\nRequires-Dist: kaoping-nowhere (>=2) ; python_version > '3'\n"
        "Requires-Dist: other ; extra == 'x'\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": entries,
        f"{info}/RECORD": "",
    } | (extra or {})
    file = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return file


def refused(source: Path | str, kind: type[Exception] = RefusedError, **options):
    with pytest.raises(kind) as caught:
        install(str(source), **options)
    return caught.value


# Looking into the archive


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_dry_run_says_what_would_be_installed_with_its_digest_and_what_it_misses(tmp_path):
    file = wheel(tmp_path)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    told = install(str(file), dry_run=True)
    assert told == Installation("kaoping_one", "1.0", ("one",), digest, "", "", ("kaoping-nowhere",), dry_run=True)
    assert install(str(file), sha256=f"SHA256:{digest.upper()}", dry_run=True) == told


@pytest.mark.usefixtures("no_pip", "shelf")
@pytest.mark.parametrize(
    "member", ["../evil.py", "a/../../evil.py", "/etc/evil", "C:\\evil.py", "..\\evil.py", "C:evil.py", "a\\b.py"]
)
def test_a_member_that_would_land_outside_is_refused_before_pip_runs(tmp_path, member):
    error = refused(wheel(tmp_path, {member: "x"}))
    shown = repr(member)[1:-1]
    assert error.text("zh") == f"拒绝安装 kaoping_one-1.0-py3-none-any.whl：其中的 {shown} 会写到安装位置之外"
    assert error.text("en") == (
        f"refused to install kaoping_one-1.0-py3-none-any.whl: its member {shown} would be written outside the place "
        "of installation"
    )
    assert error.hint("zh") == "这样的文件不是正常的安装包，请勿使用"


@pytest.mark.usefixtures("no_pip", "shelf")
@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_device_in_the_archive_is_refused(tmp_path, kind):
    file = wheel(tmp_path)
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("kaoping_one/link")
        link.external_attr = (kind | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert refused(file).text("zh") == (
        "拒绝安装 kaoping_one-1.0-py3-none-any.whl：其中的 kaoping_one/link 会写到安装位置之外"
    )


@pytest.mark.usefixtures("no_pip", "shelf")
@pytest.mark.parametrize(
    "member",
    [
        "evil.pth",
        "sitecustomize.py",
        "usercustomize/__init__.py",
        "kaoping_one-1.0.data/scripts/kaoping",
        "kaoping_one-1.0.data/data/lib/evil.pth",
        "kaoping_one-1.0.data/purelib/evil.pth",
        "other-2.0.dist-info/RECORD",
        f"{INFO}/direct_url.json",
    ],
)
def test_what_would_run_without_being_enabled_is_refused(tmp_path, member):
    error = refused(wheel(tmp_path, {member: "x"}))
    assert error.text("zh") == (
        f"拒绝安装 kaoping_one-1.0-py3-none-any.whl：其中的 {member} 不经启用就会运行或改变别的程序"
    )
    assert error.text("en") == (
        f"refused to install kaoping_one-1.0-py3-none-any.whl: its member {member} would run, or change other "
        "programs, without being enabled"
    )


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_wheel_that_hooks_into_another_program_is_refused(tmp_path):
    entries = "[kaoping]\none = kaoping_one\n[sqlite_utils]\nx = kaoping_one\n"
    assert refused(wheel(tmp_path, entries=entries)).text("zh") == (
        "拒绝安装 kaoping_one-1.0-py3-none-any.whl：其中的 [sqlite_utils] x 不经启用就会运行或改变别的程序"
    )


@pytest.mark.usefixtures("no_pip", "shelf")
@pytest.mark.parametrize("member", ["kaoping/late.py", "json.py", "pluggy/__init__.py", "kaoping_property.py"])
def test_a_wheel_cannot_take_the_place_of_other_modules(tmp_path, member):
    error = refused(wheel(tmp_path, {member: "x"}))
    assert (error.key, error.facts["member"]) == ("plugins.takes-place", member)
    assert f"其中的 {member} 会顶替 " in error.text("zh")


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_wheel_cannot_take_the_place_of_a_command(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kaoping").write_text("", encoding="utf-8")
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "bin"))
    entries = "[kaoping]\none = kaoping_one\n[console_scripts]\nkaoping = kaoping_one:main\n"
    assert refused(wheel(tmp_path, entries=entries)).text("zh") == (
        f"拒绝安装 kaoping_one-1.0-py3-none-any.whl：其中的 kaoping 会顶替 {tmp_path / 'bin/kaoping'}"
    )


@pytest.mark.usefixtures("no_pip")
def test_a_wheel_may_replace_what_it_installed_before(tmp_path, shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {"kaoping_one/__init__.py": ""}, version="0.9")
    assert install(str(wheel(tmp_path)), dry_run=True).replaces == "0.9"


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_wheel_that_calls_itself_kaoping_is_refused(tmp_path):
    error = refused(wheel(tmp_path, name="Kaoping", entries="[kaoping]\none = json\n"))
    assert error.text("zh") == "“Kaoping”是 kaoping 本身的一部分，不能当作插件安装或卸载"
    assert error.text("en") == "'Kaoping' is part of kaoping itself; it is neither installed nor removed as a plugin"


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_wheel_whose_name_and_contents_differ_is_refused(tmp_path):
    error = refused(wheel(tmp_path, called="kaoping"), DataError)
    assert error.text("zh") == "kaoping_one-1.0-py3-none-any.whl 打不开：Name: kaoping"


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_wheel_without_a_plugin_is_refused(tmp_path):
    error = refused(wheel(tmp_path, entries="[console_scripts]\nx = kaoping_one:x\n"), UsageError)
    assert error.text("zh") == "kaoping_one-1.0-py3-none-any.whl 里没有 kaoping 插件"
    assert error.hint("zh") == "作者：在 pyproject.toml 里登记 [project.entry-points.kaoping]"


@pytest.mark.usefixtures("no_pip", "shelf")
@pytest.mark.parametrize("name", ["one-1.0.tar.gz", "one-1.0.zip", "one-1.0.TGZ"])
def test_a_source_distribution_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    error = refused(tmp_path / name)
    assert error.text("zh") == f"拒绝安装 {name}：源码包在安装时就会运行其中的程序"
    assert error.text("en") == (
        f"refused to install {name}: a source distribution runs its own code while it is installed"
    )


@pytest.mark.usefixtures("no_pip", "shelf")
@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_wheel_is_an_error(tmp_path, content):
    file = tmp_path / "one-1.0-py3-none-any.whl"
    file.write_bytes(content)
    error = refused(file, DataError)
    assert error.text("zh").startswith("one-1.0-py3-none-any.whl 打不开：")
    assert error.hint("zh") == "文件可能没有下载完整，请重新下载"


@pytest.mark.usefixtures("no_pip", "shelf")
def test_another_digest_than_the_one_given_is_refused(tmp_path):
    file = wheel(tmp_path)
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    assert refused(file, sha256="00").text("zh") == (f"拒绝安装 {file.name}：文件指纹是 {found}，与给出的 00 不符")


@pytest.mark.usefixtures("no_pip", "shelf")
def test_nothing_comes_from_the_network_without_its_digest():
    error = refused("kaoping-tea-house==1.0")
    assert error.text("zh") == "拒绝从网上安装“kaoping-tea-house==1.0”：没有给出文件指纹"
    assert error.text("en") == "refused to install 'kaoping-tea-house==1.0' from the network: no digest was given"


@pytest.mark.usefixtures("no_pip", "shelf")
@pytest.mark.parametrize("source", ["", "nowhere.whl", "a/b", "--index-url=x", "https://x/y.whl", "x y", "one.tar.gz"])
def test_what_is_not_there_is_said_to_be_missing(source):
    assert refused(source, UsageError, sha256="ab").text("zh") == f"没有文件 {source}"


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_folder_without_a_project_is_not_a_plugin(tmp_path):
    error = refused(tmp_path, UsageError)
    assert error.text("zh") == f"{tmp_path} 不是插件安装包"
    assert error.hint("zh") == "应是 .whl 文件，或带 pyproject.toml 的文件夹"


@pytest.mark.usefixtures("no_pip", "shelf")
def test_a_folder_may_be_used_where_it_is():
    folder = Path(__file__).parents[1] / "examples" / "kaoping-tea-house"
    told = install(str(folder), editable=True, dry_run=True)
    assert told == Installation("kaoping-tea-house", "1.0", ("tea-house",), "", str(folder), "", (), dry_run=True)


@pytest.mark.usefixtures("shelf")
def test_without_pip_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pip", None)
    error = refused(wheel(tmp_path), EnvironmentError)
    assert error.text("zh") == f"这个 Python 环境里没有 pip，不能安装或卸载插件（{sys.executable}）"
    assert error.text("en") == (
        f"this Python environment has no pip, so no plugin can be installed or removed ({sys.executable})"
    )
    assert error.hint("en") == (
        f"run {sys.executable} -m ensurepip first; or install the plugin with the tool that installed kaoping, then "
        "kaoping plugin enable NAME"
    )


# Enabling and disabling


def test_enabling_notes_the_files_who_and_when(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {"kaoping_one.py": ""})
    told = enable("one", shelf.settings, by="李主任", now=NOW)
    digest = shelf.settings.enabled["one"].digest
    assert told == Switch("one", "kaoping-one", "1.0", "inactive", "active", digest, "", dry_run=False)
    entry = shelf.settings.enabled["one"]
    assert (entry.distribution, entry.version, entry.by, entry.at) == (
        "kaoping-one",
        "1.0",
        "李主任",
        "2026-03-01T08:00:00+00:00",
    )


def test_a_dry_run_of_enabling_and_disabling_changes_nothing(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {"kaoping_one.py": ""})
    assert enable("one", shelf.settings, by="李", now=NOW, dry_run=True).status == "active"
    assert not shelf.settings.file.exists()
    shelf.enable("one")
    assert disable("one", shelf.settings, dry_run=True).status == "inactive"
    assert list(shelf.settings.enabled) == ["one"]


def test_what_shipped_is_turned_off_and_on_again(shelf):
    assert disable("durable", shelf.settings).status == "disabled"
    assert shelf.settings.disabled == frozenset({"durable"})
    told = shelf.enable("durable")
    assert (told.was, told.status, told.digest) == ("disabled", "active", "")
    assert shelf.settings.disabled == frozenset()


def test_disabling_an_outside_plugin_takes_it_off_the_list(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {"kaoping_one.py": ""})
    shelf.enable("one")
    told = disable("one", shelf.settings)
    assert (told.was, told.status) == ("active", "inactive")
    assert shelf.settings.enabled == {}


def test_a_plugin_that_is_gone_can_still_be_taken_off_the_list(shelf):
    info = shelf.add("kaoping-one", {"one": "kaoping_one"}, {"kaoping_one.py": ""})
    shelf.enable("one")
    (info / "METADATA").unlink()
    assert disable("one", shelf.settings).status == "inactive"
    assert shelf.settings.enabled == {}


def test_enabling_what_is_not_installed_names_the_nearest(shelf):
    shelf.add("kaoping-one", {"tea-house": "kaoping_one"}, {})
    for act in (lambda: shelf.enable("teahouse"), lambda: disable("teahouse", shelf.settings)):
        with pytest.raises(UsageError) as caught:
            act()
        assert caught.value.text("zh") == "没有安装名为“teahouse”的插件"
        assert caught.value.hint("zh") == "是不是“tea-house”？"


def test_a_plugin_whose_files_are_not_listed_is_not_enabled(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {}, recorded=False)
    with pytest.raises(RefusedError) as caught:
        shelf.enable("one")
    assert caught.value.text("zh") == "拒绝启用“one”：kaoping-one 没有文件清单，无法核对"
    assert caught.value.text("en") == (
        "refused to enable 'one': kaoping-one keeps no list of its files, so they cannot be checked"
    )


# Removing


@pytest.mark.usefixtures("no_pip")
def test_a_dry_run_of_removing_says_what_would_go(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one", "two": "kaoping_two"}, {"kaoping_one.py": "import nowhere"})
    told = Removal("kaoping-one", "1.0", ("one", "two"), dry_run=True)
    assert remove("two", shelf.settings, dry_run=True) == told
    assert remove("Kaoping_One", shelf.settings, dry_run=True) == told


@pytest.mark.usefixtures("no_pip")
@pytest.mark.parametrize("name", ["kaoping", "property", "durable"])
def test_kaoping_itself_is_not_removed(shelf, name):
    with pytest.raises(RefusedError) as caught:
        remove(name, shelf.settings)
    assert caught.value.text("zh") == f"“{name}”是 kaoping 本身的一部分，不能当作插件安装或卸载"
    assert caught.value.hint("zh") == (
        "不用某个自带插件：kaoping plugin disable 插件名；升级 kaoping：pip install --upgrade kaoping"
    )


@pytest.mark.usefixtures("no_pip")
def test_what_is_not_a_plugin_is_not_removed(shelf):
    with pytest.raises(UsageError) as caught:
        remove("pluggy", shelf.settings)
    assert caught.value.text("zh") == "没有安装名为“pluggy”的插件"


@pytest.mark.usefixtures("no_pip")
def test_of_two_distributions_with_one_plugin_name_the_distribution_must_be_named(shelf):
    shelf.add("kaoping-one", {"stars-2": "kaoping_one"}, {})
    shelf.add("kaoping-two", {"stars-2": "kaoping_two"}, {})
    with pytest.raises(UsageError) as caught:
        remove("stars-2", shelf.settings)
    assert caught.value.text("zh") == "“stars-2”来自不止一个安装包：kaoping-one · kaoping-two"
    assert remove("kaoping-two", shelf.settings, dry_run=True).distribution == "kaoping-two"


def test_what_pip_does_not_know_of_is_said_to_be_still_there(shelf):
    shelf.add("kaoping-one", {"one": "kaoping_one"}, {"kaoping_one.py": ""})
    with pytest.raises(EnvironmentError) as caught:
        remove("one", shelf.settings)
    assert caught.value.text("zh") == f"kaoping-one 没有卸载掉：它不在这个 Python 环境里（{shelf.folder}）"
    assert caught.value.text("en") == (
        f"kaoping-one was not removed: it does not lie in this Python environment ({shelf.folder})"
    )
