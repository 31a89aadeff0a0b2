"""The playground as somebody uses it."""

from playwright.sync_api import expect


class PlaygroundPage:
    """Says what a person does, not where it is in the page."""

    def __init__(self, page, url):
        self._page = page
        self._url = url

    def open(self, parameters=""):
        self._page.goto(f"{self._url}/graphql{parameters}")
        expect(self.editor).to_be_visible()
        # Until the schema is there, the explorer has nothing to show.
        expect(self._page.get_by_role("button", name="Execute query")).to_be_enabled()
        return self

    @property
    def _bar(self):
        return self._page.locator(".session-bar")

    @property
    def editor(self):
        return self._page.locator(".graphiql-query-editor .monaco-editor .view-lines")

    @property
    def response(self):
        return self._page.locator(".graphiql-response .result-window .view-lines")

    @property
    def headers(self):
        return self._page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden)")

    @property
    def plan(self):
        return self._page.get_by_role("region", name="Plan")

    @property
    def waterfall(self):
        return self._page.get_by_role("table", name="Waterfall")

    @property
    def fetches(self):
        return self._page.get_by_role("group", name="Query plan").get_by_role("button")

    @property
    def log_in_offer(self):
        return self._page.get_by_role("region", name="Log in")

    @property
    def log_in_problem(self):
        return self._bar.get_by_role("alert")

    @property
    def red(self):
        """The theme's colour of errors, as the browser computes it."""
        return self._page.locator(".graphiql-container").evaluate(
            """container => {
              const probe = container.appendChild(document.createElement("i"));
              probe.style.color = "hsl(var(--color-error))";
              const { color } = getComputedStyle(probe);
              probe.remove();
              return color;
            }"""
        )

    @property
    def tabs(self):
        return self._page.get_by_role("tab")

    def type(self, query):
        self.editor.click()
        self._page.keyboard.press("Control+A")
        self._page.keyboard.press("Delete")
        if query:
            self._page.keyboard.type(query)

    def type_headers(self, text):
        self.headers.locator(".view-lines").click()
        self._page.keyboard.press("Control+A")
        self._page.keyboard.press("Delete")
        self._page.keyboard.insert_text(text)

    def run(self):
        self._page.get_by_role("button", name="Execute query").click()

    def choose(self, menu, item):
        self._bar.get_by_role("button", name=menu).click()
        self._page.get_by_role("menuitem", name=item).click()

    def log_in(self, name):
        self.choose("Log in", name)
        expect(self._bar.get_by_role("button", name=name)).to_be_visible()
