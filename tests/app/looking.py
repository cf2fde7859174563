"""A person before a page of the browser app: looks, types, and drops files into it.

Streamlit may draw any element anew at any time. So all that is read or pressed is found and read or pressed in one
step, within the page: an element that was found in one step may be gone in the next.
"""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

#: Seconds that anything may take on a busy machine.
PATIENCE = 60

#: Width and height of what people have.
SCREENS = {"phone": (390, 844), "desktop": (1280, 900)}


class Looker:
    """A real browser at the app."""

    def __init__(self, driver, address):
        self.driver, self.address = driver, address
        self.use_screen("desktop")

    def use_screen(self, name):
        """Look through a screen of another size; a window cannot be as narrow as a phone."""
        width, height = SCREENS[name]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, url_path):
        """Open a page anew, and wait until it is there and at rest."""
        # Left first: a page of an app that has ended asks for it until it is left, and the console tells of that.
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get(f"{self.address}/{url_path}")
        self.wait(lambda: self.find("h1"))
        self.rest()

    def rest(self):
        """Wait until Streamlit runs nothing more, and the browser has drawn it and listens: nobody types sooner."""
        script = "return document.querySelector('.stApp')?.getAttribute('data-test-script-state')"
        self.wait(lambda: self.driver.execute_script(script) == "notRunning")
        self.driver.execute_async_script(
            "const drawn = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn)))"
        )

    def wait(self, condition):
        return WebDriverWait(self.driver, PATIENCE, 0.05).until(lambda _: condition())

    def find(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def read(self, selector, of="innerText"):
        """Read a property of everything that the selector finds: its text, if no other is named."""
        script = "return [...document.querySelectorAll(arguments[0])].map(each => each[arguments[1]])"
        return self.driver.execute_script(script, selector, of)

    @property
    def text(self):
        """All that can be read on the page."""
        return self.driver.execute_script("return document.querySelector('[data-testid=stMain]')?.innerText ?? ''")

    def wait_for_text(self, words):
        self.wait(lambda: words in self.text)
        self.rest()

    def upload(self, *files):
        """Choose files for the page's uploader, beside those that it holds."""
        chooser = self.wait(lambda: self.find("input[type=file]"))[0]
        # A driver adds to what was chosen before, which the page has taken already.
        self.driver.execute_script("arguments[0].value = ''", chooser)
        chooser.send_keys("\n".join(map(str, files)))

    def say(self, text):
        """Type into the field for pasting, and press Enter."""
        self.focus("[data-testid=stChatInputTextArea]")
        self.type(text, Keys.ENTER)

    def type(self, *keys):
        """Press keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self, selector):
        """Put the focus on the first of what there is."""
        self._act("focus", selector)

    def click(self, selector, words=""):
        """Click the first of what there is that has the words on it."""
        self._act("click", selector, words)

    def press(self, *words):
        """Press one button after the other, by what is written on them."""
        for word in words:
            self.click("button", word)

    def _act(self, action, selector, words=""):
        script = """const [action, selector, words] = arguments;
            const found = [...document.querySelectorAll(selector)].find(each => each.innerText.includes(words));
            found?.[action](); return Boolean(found)"""
        self.wait(lambda: self.driver.execute_script(script, action, selector, words))

    def errors(self):
        """What the console holds of errors since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def asked(self):
        """The addresses that the page has asked for."""
        script = "return performance.getEntriesByType('resource').map(entry => entry.name)"
        return self.driver.execute_script(script)
