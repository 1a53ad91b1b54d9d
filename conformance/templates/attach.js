"use strict";
// Keeps the page current, counts seconds down, and keeps the focus where it is of use. Everything
// on the page works without it, too.
(() => {
  const said = document.getElementById("said");
  const lost = document.getElementById("lost");
  let version = document.body.dataset.version;
  let asked = focusKey();

  function focusKey() {
    return [...document.querySelectorAll("[data-focus]")].map((e) => e.dataset.focus || e.id).join("|");
  }

  // What is typed, opened or ticked must outlive a part that is shown again unchanged in kind.
  function busy(part) {
    return [...part.querySelectorAll("input:not([type=hidden])")].some((field) =>
      field.type === "text"
        ? field === document.activeElement || field.value !== field.defaultValue
        : field.checked !== field.defaultChecked);
  }

  function show(part, html) {
    if (part.dataset.shown === html) return;
    const kept = new Set([...part.querySelectorAll("details[data-keep][open]")].map((d) => d.dataset.keep));
    const known = new Set([...part.querySelectorAll("details[data-keep]")].map((d) => d.dataset.keep));
    part.innerHTML = html;
    part.dataset.shown = html;
    for (const details of part.querySelectorAll("details[data-keep]")) {
      if (known.has(details.dataset.keep)) details.open = kept.has(details.dataset.keep);
    }
  }

  function take(news) {
    version = news.version;
    document.title = news.title;
    for (const [id, html] of Object.entries(news.parts)) {
      const part = document.getElementById(id);
      const next = document.createElement("div");
      next.innerHTML = html;
      const key = [...next.querySelectorAll("[data-focus]")].map((e) => e.dataset.focus || e.id).join("|");
      if (id !== "now") show(part, html);
      else if (key !== asked || !busy(part)) {
        const held = part.contains(document.activeElement) ? document.activeElement : null;
        const label = held && held.textContent;
        show(part, html);
        if (key !== asked) announce(part);
        else if (held) refocus(part, held.tagName, label);
        asked = key;
      }
    }
    countdown();
    return news.over;
  }

  function announce(part) {
    const heading = part.querySelector("[data-focus]");
    if (!heading) return;
    const idle = document.activeElement === document.body || !document.activeElement.isConnected;
    if (idle || part.contains(document.activeElement)) heading.focus({ preventScroll: false });
    said.textContent = heading.textContent;
  }

  function refocus(part, tag, label) {
    const same = [...part.querySelectorAll(tag)].find((e) => e.textContent === label);
    if (same) same.focus({ preventScroll: true });
  }

  function words(seconds) {
    if (seconds === 1) return "a second";
    if (seconds < 120) return seconds + " seconds";
    if (seconds < 7200) return Math.round(seconds / 60) + " minutes";
    return Math.round(seconds / 3600) + " hours";
  }

  function countdown() {
    for (const span of document.querySelectorAll("[data-left]")) {
      if (!span.dataset.until) span.dataset.until = Date.now() + Number(span.dataset.left) * 1000;
      const left = Math.max(0, Math.round((span.dataset.until - Date.now()) / 1000));
      const text = words(left);
      if (span.textContent !== text) span.textContent = text;
    }
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/act") return;
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    for (const field of form.querySelectorAll("input:not([type=hidden])")) {
      field.defaultValue = field.value;
      field.defaultChecked = field.checked;
      if (field === document.activeElement) field.blur();
    }
    try {
      await fetch("/act", { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
      if (fields.get("kind") === "close") said.textContent = "The sitting is closed.";
      take(await (await fetch("/view")).json());
    } catch {
      lost.hidden = false;
    }
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  });

  async function follow() {
    for (;;) {
      try {
        const answer = await fetch("/view?wait=20&since=" + encodeURIComponent(version));
        if (!answer.ok) throw new Error(answer.status);
        lost.hidden = true;
        take(await answer.json());
      } catch {
        lost.hidden = false;
        await new Promise((wake) => setTimeout(wake, 2000));
      }
    }
  }

  setInterval(countdown, 1000);
  countdown();
  follow();
})();
