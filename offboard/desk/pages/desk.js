// Keeps the page beside a letter up to date while somebody writes, and looks whether a plan is there. Without it the
// button "Preview" does the one, and the page loaded anew the other.
"use strict";

(() => {
  if (!document.querySelector("[data-again]")) return;
  const EVERY = 2000; // milliseconds
  setInterval(async () => {
    try {
      const answer = await fetch(location.href);
      if (answer.redirected || !(await answer.text()).includes("data-again")) location.replace(answer.url);
    } catch {
      // The desk does not answer: the next time it may.
    }
  }, EVERY);
})();

(() => {
  const button = document.querySelector("button[data-live]");
  if (!button) return;
  const form = button.form;
  const PARTS = ["notes", "shown", "decide", "plain"];
  const PAUSE = 350; // milliseconds without a key pressed
  let pause = 0;
  let asking = null;

  function fields() {
    const all = new URLSearchParams(new FormData(form));
    all.set(button.name, button.value);
    return all;
  }

  function say(text) {
    const note = document.createElement("p");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.textContent = text;
    document.getElementById("notes").replaceChildren(note);
  }

  function swap(page) {
    for (const id of PARTS) {
      const now = document.getElementById(id);
      const then = page.getElementById(id);
      if (now && then) now.replaceWith(document.adoptNode(then));
    }
  }

  async function refresh() {
    if (asking) asking.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(button.formAction, { method: "POST", body: fields(), signal: asking.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok) swap(page);
      else say(page.querySelector("main [role=alert]")?.textContent ?? "The page beside could not be drawn.");
    } catch (error) {
      if (error.name !== "AbortError") say("The desk does not answer. What you wrote is still here: try again in a minute.");
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(refresh, PAUSE);
  });
})();
