"""The frame around every page: head, navigation, search, footer; and Jinja, set up once for a whole
tree."""

from __future__ import annotations

from functools import cached_property

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from sharekit import __version__, escape
from sharekit.artifacts import Artifact
from sharekit.files.templates import CompiledTemplates
from sharekit.preread.content import shows_digest
from sharekit.project.manifest import Metric
from sharekit.site import links
from sharekit.site.ask_link import ask_way
from sharekit.site.assets import Assets
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.icons import sprite, used_in
from sharekit.site.nonbreaking import Unbroken
from sharekit.site.pages.alignment import shows_alignment
from sharekit.site.pages.asks import shows_asks
from sharekit.site.pages.embed import EmbedCard, embed_card
from sharekit.site.pages.page import Page, Section, placed

CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:"


class NavItem(Struct, frozen=True):
    """One entry of the navigation."""

    label: str
    href: str
    current: str
    """aria-current: "page", "true" below it, or ""."""


class LateScript(Struct, frozen=True):
    """A script that a page needs only for its charts."""

    src: str
    data: tuple[tuple[str, str], ...]


class Frame(Struct, frozen=True):
    """What stands around a page. Links go from the page, and are "" where there is none."""

    csp: str
    lang: str
    root: str
    """Way from the page to the top of its tree."""
    now: str
    """The as-of date where it is set once and for all: what is old is judged by it."""
    old_from: str
    """The first day on which a reader is warned that the pages were not rebuilt, or ""."""
    title: str
    description: str
    version: str
    icon: str
    feed: str
    twin: str
    style: str
    script: str
    late_scripts: tuple[LateScript, ...]
    sprite: Markup
    project: str
    audience: str
    home: str
    nav: tuple[NavItem, ...]
    ask: str
    ask_template: str
    body: Markup
    as_of_iso: str
    as_of: str
    commit: str
    source: str
    source_href: str


class FrameView(Struct, frozen=True):
    """What base.html places."""

    frame: Frame


class EmbedFrame(Struct, frozen=True):
    """What stands around a card in somebody else's page."""

    csp: str
    lang: str
    site: str
    icon: str
    canonical: str
    old_from: str
    as_of: str
    styles: tuple[str, ...]
    script: str


class EmbedView(Struct, frozen=True):
    """What embed.html places."""

    page: EmbedFrame
    card: EmbedCard


class PageRenderer:
    """Renders pages of one tree. Templates are compiled once. `old_from`: the day from which
    readers are warned that the pages are old, or what stands for it; "" where they never are."""

    def __init__(self, tree: AudienceTree, assets: Assets, old_from: str) -> None:
        self.tree = tree
        self.assets = assets
        self._old_from = old_from
        self._env = self.environment()

    @staticmethod
    def environment() -> Environment:
        """The templates of pages. A name that is not there is an error."""
        return Environment(
            loader=PackageLoader("sharekit.site"),
            autoescape=True,
            finalize=escape.template_value,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            bytecode_cache=CompiledTemplates("sharekit.site"),
        )

    def warm(self) -> None:
        """Compile the pages' templates, before the work is spread over several processes."""
        for name in self._env.list_templates(
            filter_func=lambda name: "/" not in name
        ):  # mails are in a folder
            self._env.get_template(name)

    @cached_property
    def _unbroken(self) -> Unbroken:
        return Unbroken(self.tree.units)

    @cached_property
    def title(self) -> str:
        """Name of the site: the project's, with the audience's where there are several."""
        return " ".join(part for part in (self.project, self.audience) if part)

    @cached_property
    def site_name(self) -> str:
        """The same where it stands alone, with a comma between the two."""
        return ", ".join(part for part in (self.project, self.audience) if part)

    @property
    def project(self) -> str:
        return self.tree.manifest.config.project.name

    @cached_property
    def audience(self) -> str:
        return self.tree.manifest.audience_name

    def html(self, page: Page) -> str:
        """A whole page."""
        body = Markup(self._env.get_template(page.template).render(placed(page.view)))
        base = self._env.get_template("base.html")
        return self._unbroken.page(
            escape.document(base.render(placed(FrameView(self._frame(page, body)))))
        )

    def embed(self, metric: Metric) -> Artifact:
        """The card of a number or key result, which stands without the frame."""
        path = links.embed_page(metric.id)
        root = links.root_of(path)
        url = self.tree.url
        page = EmbedFrame(
            csp=CSP,
            lang=self.tree.manifest.config.project.language,
            site=self.site_name,
            icon=root + self.assets.icon,
            canonical=links.absolute(url, links.metric_page(metric)) if url else "",
            old_from=self._old_from,
            as_of=self.tree.full_day,
            styles=tuple(root + style for style in self.assets.embed_styles),
            script=root + self.assets.embed_script,
        )
        view = EmbedView(page, embed_card(self.tree, metric))
        html = self._env.get_template("embed.html").render(placed(view))
        return Artifact(path, escape.document(html.lstrip()).encode())

    def _frame(self, page: Page, body: Markup) -> Frame:
        tree, config = self.tree, self.tree.manifest.config
        root = links.root_of(page.path)
        ask = ask_way(tree.manifest)
        return Frame(
            csp=CSP,
            lang=config.project.language,
            root=root,
            now=tree.iso_day if config.project.as_of else "",
            old_from=self._old_from,
            title=f"{page.title} \N{MIDDLE DOT} {self.title}",
            description=page.description,
            version=__version__,
            icon=root + self.assets.icon,
            feed=root + links.FEED,
            twin=links.href(page.path, page.twin) if page.twin else "",
            style=root + self.assets.style,
            script=root + self.assets.script,
            late_scripts=self._late_scripts(root) if page.charts else (),
            sprite=sprite(used_in(body)),
            project=self.project,
            audience=self.audience,
            home=root + links.HOME,
            nav=self._nav(page, root),
            ask=ask.href if ask else "",
            ask_template=ask.template if ask else "",
            body=body,
            as_of_iso=tree.iso_day,
            as_of=tree.full_day,
            commit=tree.short_commit,
            source=page.source,
            source_href=self._source(page.source),
        )

    @cached_property
    def _meets(self) -> bool:
        return shows_digest(self.tree)

    @cached_property
    def _aligned(self) -> bool:
        return shows_alignment(self.tree)

    def _nav(self, page: Page, root: str) -> tuple[NavItem, ...]:
        manifest = self.tree.manifest
        first = "Scorecard" if manifest.key_results else "Home"
        sections: list[tuple[Section, str, str, bool]] = [
            ("preread", "Pre-read", links.DIGEST, self._meets),
            ("scorecard", first, links.HOME, True),
            ("numbers", "Numbers", links.NUMBERS, bool(manifest.listed_metrics)),
            ("dashboards", "Dashboards", links.DASHBOARDS, bool(manifest.dashboards)),
            ("changes", "Changes", links.CHANGES, True),
            ("asks", "Asks", links.ASKS, shows_asks(self.tree)),
            ("alignment", "Alignment", links.ALIGNMENT, self._aligned),
        ]
        current = "page" if page.entrance else "true"
        return tuple(
            NavItem(label, root + target, current if page.section == section else "")
            for section, label, target, is_there in sections
            if is_there
        )

    def _late_scripts(self, root: str) -> tuple[LateScript, ...]:
        data = (("plotly", root + self.assets.plotly),)
        styles = tuple(("plotly-css", root + style) for style in self.assets.chart_styles)
        return tuple(
            LateScript(root + script, (*data, *styles)) for script in self.assets.chart_scripts
        )

    def _source(self, path: str) -> str:
        """The declared file in the repository; "" where that is not known."""
        repository = self.tree.manifest.config.project.repository
        if not repository or not path or not links.is_external(repository):
            return ""
        return f"{repository.rstrip('/')}/blob/{self.tree.commit or 'HEAD'}/{links.href('x', path)}"
