"""The host: what plugins add to, and what the web app, the API and the command line read from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

from sam.formats import Format, list_formats

from .chain import Chain, read_step
from .failure import Failure, Stage
from .tool import PluginError, Tool

_LAST = 1000


TAB_GROUPS = ("select", "edit", "automate")
"""Groups of tabs, in the page's order; tabs without one come after them."""


@dataclass(frozen=True)
class Tab:
    """One tab of the page.

    Attributes:
        plugin: who added it.
        title: as shown; unique.
        build: called once as `build(page)` inside the tab; see `Page`.
        order: small is first within its group; 100 is the middle, equal ones keep the order of loading.
        group: one of `TAB_GROUPS`; "" for the last group, which third parties share.
        failure: set when the tab stands in for what failed; `build` then shows the cause.
    """

    plugin: str
    title: str
    build: Callable[[Any], None]
    order: int = 100
    group: str = ""
    failure: Failure | None = None


@dataclass(frozen=True)
class Asset:
    """Style or script for the whole page, hoisted by the web app since nested Gradio blocks lose theirs.

    Attributes:
        plugin: who added it.
        css: rules.
        js: statements, run once when the page has loaded.
        head: HTML for the page's <head>.
    """

    plugin: str
    css: str = ""
    js: str = ""
    head: str = ""


@dataclass
class Host:
    """What a plugin may add to the app; handed to its `setup(host)`.

    Attributes:
        tools: by name.
        formats: of annotations, by name, besides those of `sam.formats`.
        failures: what went wrong, by plugin.
        assets: in order of loading.
        plugins: name of each loaded plugin -> where it came from.
        requires: name of each plugin -> its REQUIRES.
    """

    tools: dict[str, Tool] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    assets: list[Asset] = field(default_factory=list)
    plugins: dict[str, str] = field(default_factory=dict)
    requires: dict[str, Mapping[str, str]] = field(default_factory=dict)
    formats: dict[str, Format] = field(default_factory=dict)
    _tabs: list[Tab] = field(default_factory=list)
    _format_owners: dict[str, str] = field(default_factory=dict)
    _plugin: str = ""
    _closed: bool = False

    @property
    def tabs(self) -> list[Tab]:
        """All tabs, group by group, those that stand in for failures among them."""
        groups = [*TAB_GROUPS, ""]
        return sorted(self._tabs, key=lambda tab: (groups.index(tab.group), tab.order))

    def add_tool(self, function: Callable[..., Any], *, output: str = "") -> None:
        """Offer a typed function to chains, the API, MCP and the command line, under its own name.

        Args:
            function: parameters before `*` are data, those after it options with defaults; all annotated.
            output: name under which a chain keeps the result; default: the type's name in lower case.

        Raises:
            PluginError: the signature is not complete, or the name is taken.
        """
        tool = Tool.from_function(function, output=output, plugin=self._plugin)
        if tool.name in self.tools:
            raise self._clash("tool", tool.name, self.tools[tool.name].plugin)
        self._open()
        self.tools[tool.name] = tool

    def add_tab(self, title: str, build: Callable[[Any], None], *, order: int = 100, group: str = "") -> None:
        """Offer a tab; `build(page)` runs inside it when the page is made.

        Args:
            title: as shown; unique.
            build: called once inside the tab; see `Page`.
            order: small is first within its group.
            group: "select" finds objects, "edit" changes the photo, "automate" repeats steps; "" for the last group.

        Raises:
            PluginError: the title is empty or taken, `build` cannot be called, or there is no such group.
        """
        if not isinstance(title, str) or not title.strip() or not callable(build):
            raise PluginError(f"{self._plugin}: add_tab expects a title and a function, got {title!r} and {build!r}.")
        if group and group not in TAB_GROUPS:
            known = ", ".join(map(repr, TAB_GROUPS))
            raise PluginError(f'{self._plugin}: add_tab expects a group of {known} or "", got {group!r}.')
        for tab in self._tabs:
            if tab.title.casefold() == title.strip().casefold():
                raise self._clash("tab", title, tab.plugin)
        self._open()
        self._tabs.append(Tab(self._plugin, title.strip(), build, order, group))

    def add_format(self, format: Format) -> None:
        """Offer a format of annotations: the page's Export and the commands `convert` and `measure` know it.

        Args:
            format: its functions import what is heavy inside.

        Raises:
            PluginError: not a `Format`, or the name is taken.
        """
        if not isinstance(format, Format):
            raise PluginError(f"{self._plugin}: add_format expects a sam.formats.Format, got {format!r}.")
        if format.name in self.formats or format.name in {one.name for one in list_formats()}:
            owner = self._format_owners.get(format.name, "sam.formats")
            raise self._clash("format", format.name, owner)
        self._open()
        self.formats[format.name] = format
        self._format_owners[format.name] = self._plugin

    def add_asset(self, *, css: str = "", js: str = "", head: str = "") -> None:
        """Offer style or script for the whole page. Begin selectors and ids with the plugin's name.

        Raises:
            PluginError: nothing given, or not text.
        """
        if not all(isinstance(text, str) for text in (css, js, head)) or not (css or js or head):
            raise PluginError(f"{self._plugin}: add_asset expects css, js or head as text, got none.")
        self._open()
        self.assets.append(Asset(self._plugin, css, js, head))

    def chain(self, *steps: Any) -> Chain:
        """A checked pipeline.

        Args:
            steps: each a tool's name, (name, {"option": value}), or a `Tool`.

        Raises:
            PluginError: no such tool, options it does not accept, or types that do not fit (`ChainError`).
        """
        failed = ", ".join(self.failures)
        note = f" These plugins failed to load: {failed}." if failed else ""
        return Chain(tuple(read_step(step, self.tools, note) for step in steps))

    def load(
        self, name: str, get_setup: Callable[[], Callable[[Host], None]], *, source: str = "", requires: Any = None
    ) -> None:
        """Load one plugin: keep all that it adds, or nothing and a `Failure`. Only KeyboardInterrupt gets through.

        Args:
            name: of the plugin, unique.
            get_setup: imports the plugin and returns its `setup`.
            source: where it came from, for messages.
            requires: module -> how to install it; checked before the import.
        """
        if name in self.plugins or name in self.failures:
            first = self.plugins.get(name, "one that failed")
            error = PluginError(f"the name {name!r} is taken by {first}, so that {source} was not loaded. Rename it.")
            self.fail(f"{name} ({source})", "import", error)
            return
        trial = Host(
            dict(self.tools),
            {},
            list(self.assets),
            formats=dict(self.formats),
            _tabs=list(self._tabs),
            _format_owners=dict(self._format_owners),
            _plugin=name,
        )
        stage: Stage = "import"
        try:
            self.requires[name] = read_requires(requires)
            find_modules(self.requires[name])
            setup = get_setup()
            stage = "setup"
            setup(trial)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin that calls exit() must not end the app either
            self.fail(name, stage, error)
            return
        finally:
            trial._closed = True
        self.tools, self.assets, self._tabs = trial.tools, trial.assets, trial._tabs
        self.formats, self._format_owners = trial.formats, trial._format_owners
        self.plugins[name] = source

    def fail(self, plugin: str, stage: Stage, error: BaseException, tab: Tab | None = None) -> Tab:
        """Note a failure and return the tab that shows it, which takes the place of `tab` or comes last."""
        failure = Failure.of(plugin, stage, error, self.requires.get(plugin))
        self.failures.setdefault(plugin, failure)
        if tab is None:
            shown = Tab(plugin, f"⚠ {plugin}", failure.build, _LAST, failure=failure)
            self._tabs = [*self._tabs, shown]
        else:
            shown = replace(tab, build=failure.build, failure=failure)
            self._tabs = [shown if other is tab else other for other in self._tabs]
        return shown

    def _open(self) -> None:
        if self._closed:
            raise PluginError(f"{self._plugin}: add tools, tabs, formats and assets inside setup(host); it is over.")

    def _clash(self, what: str, name: str, owner: str) -> PluginError:
        if owner == self._plugin:
            return PluginError(f"{self._plugin}: {what} {name!r} is added twice.")
        return PluginError(
            f"{what} {name!r} of plugin {self._plugin} is already taken by plugin {owner}. Rename one of them, or "
            "load only one with SAM_STUDIO_PLUGINS."
        )


def read_requires(requires: Any) -> dict[str, str]:
    """A plugin's REQUIRES, module -> how to install it; {} for None.

    Raises:
        PluginError: not a dictionary of text.
    """
    requires = {} if requires is None else requires
    if not isinstance(requires, dict) or not all(isinstance(text, str) for pair in requires.items() for text in pair):
        raise PluginError(f'REQUIRES: expected {{"module": "how to install it"}}, got {requires!r}.')
    return requires


def find_modules(names: Iterable[str]) -> None:
    """Make sure that modules are installed, without importing any.

    Raises:
        ModuleNotFoundError: the first that is not.
    """
    for name in names:
        if find_spec(name.partition(".")[0]) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
