"""The playground as somebody uses it."""

from playwright.sync_api import expect


class PlaygroundPage:
    """Says what a person does, not where it is in the page."""

    def __init__(self, page, url):
        self._page = page
        self._url = url

    def open(self):
        self._page.goto(f"{self._url}/graphql")
        expect(self.editor).to_be_visible()
        # Until the schema is there, the explorer has nothing to show.
        expect(self._page.get_by_role("button", name="Execute query")).to_be_enabled()
        return self

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
    def tabs(self):
        return self._page.get_by_role("tab")

    def type(self, query):
        self.editor.click()
        self._page.keyboard.press("Control+A")
        self._page.keyboard.press("Delete")
        self._page.keyboard.type(query)

    def run(self):
        self._page.get_by_role("button", name="Execute query").click()

    def choose(self, menu, item):
        self._page.get_by_role("button", name=menu).click()
        self._page.get_by_role("menuitem", name=item).click()

    def log_in(self, name):
        self.choose("Log in", name)
        expect(self._page.get_by_role("button", name=name)).to_be_visible()
