"use strict";
// Keeps the page current and sends its forms without leaving it. Everything on the page works
// without it, too; then a page is as old as it says.
(() => {
  const body = document.body;
  const panel = document.getElementById("panel");
  const said = document.getElementById("said");
  const lost = document.getElementById("lost");
  const clock = document.getElementById("clock");
  const GAP = 500;

  let instance = body.dataset.instance;
  let formToken = body.dataset.formToken;
  let version = null;
  let stream = null;
  let shown = null;

  // ---- the service's clock, and everything that is counted down by it

  let speed = Number(clock.dataset.speed);
  let base = { at: Number(clock.dataset.now), real: performance.now() };

  const now = () => base.at + (performance.now() - base.real) * speed;

  function setClock(at, pace) {
    base = { at, real: performance.now() };
    speed = pace;
    const badge = document.getElementById("pace");
    put(badge, pace === 0 ? "stands still" : pace === 1 ? "real time" : pace + "× real time");
    badge.classList.toggle("warn", pace !== 1);
    tick();
  }

  const two = (n) => String(n).padStart(2, "0");

  function duration(millis) {
    const all = Math.floor(Math.max(0, millis) / 1000);
    const [d, h, m, s] = [Math.floor(all / 86400), Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
    if (d) return `${d} d ${two(h)} h`;
    if (h) return `${h} h ${two(m)} min`;
    if (m) return `${m} min ${two(s)} s`;
    return `${s} s`;
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    if (document.hidden) return;
    const at = now();
    put(clock.querySelector(".time"), new Date(at).toISOString().slice(0, 19).replace("T", " "));
    for (const left of panel.querySelectorAll("[data-until]")) {
      put(left, duration(Number(left.dataset.until) - at));
      left.classList.toggle("over", Number(left.dataset.until) < at);
    }
    for (const ago of panel.querySelectorAll("[data-since]")) put(ago, duration(at - Number(ago.dataset.since)));
  }

  // ---- taking over what changed, without touching what a person is at

  // What an element is known by from one showing to the next.
  const key = (node) =>
    node.nodeType === 1
      ? node.id || node.dataset.key || node.dataset.form || node.getAttribute("aria-labelledby") || (node.nodeName === "FORM" && node.getAttribute("aria-label")) || ""
      : "";
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);

  function edited(field) {
    if (field === document.activeElement && field.type !== "checkbox" && field.type !== "radio") return true;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.nodeName === "SELECT") return [...field.options].some((o) => o.selected !== o.defaultSelected) && field.dataset.touched === "1";
    return field.value !== field.defaultValue;
  }

  // Whether what a person has put there is what holds meanwhile.
  const agrees = (from, to) => (isBox(from) ? from.checked === to.checked : from.value === to.value);
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";

  // A field that was ever touched does not follow its attributes by itself.
  function settle(from, to) {
    if (isBox(from)) from.checked = to.checked;
    else if (from.value !== to.value && from.type !== "file") from.value = to.value;
    if (from.nodeName === "TEXTAREA") from.defaultValue = to.defaultValue;
    delete from.dataset.touched;
  }

  function takeOver(from, to) {
    if (from.nodeType !== 1) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
      return;
    }
    const isField = /^(INPUT|TEXTAREA|SELECT)$/.test(from.nodeName) && from.type !== "hidden";
    if (isField && edited(from) && !agrees(from, to)) return;
    if (from.isEqualNode(to) && (!isField || agrees(from, to))) return;
    for (const { name, value } of to.attributes) {
      if (from.getAttribute(name) !== value && !(from.nodeName === "DETAILS" && name === "open")) from.setAttribute(name, value);
    }
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && !(from.nodeName === "DETAILS" && name === "open")) from.removeAttribute(name);
    }
    if (from.nodeName !== "TEXTAREA" && from.dataset.own === undefined) children(from, to);
    if (isField) settle(from, to);
  }

  function children(from, to) {
    const wanted = new Set([...to.children].map(key));
    for (const child of [...from.children]) if (key(child) && !wanted.has(key(child))) child.remove();
    const known = new Map([...from.children].filter(key).map((child) => [key(child), child]));
    let at = from.firstChild;
    for (const next of [...to.childNodes]) {
      let match = at;
      if (key(next)) match = known.get(key(next));
      else if (next.nodeType === 1) while (match && !alike(match, next)) match = match.nextSibling;
      if (!match || !alike(match, next)) {
        from.insertBefore(next, at);
        continue;
      }
      known.delete(key(next));
      // What stands before it makes way, so that it is never moved itself: that would take the focus
      // off it.
      while (at !== match) {
        const passed = at;
        at = at.nextSibling;
        if (key(passed)) from.insertBefore(passed, match.nextSibling);
        else passed.remove();
      }
      at = match.nextSibling;
      takeOver(match, next);
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  function show(html) {
    if (html === shown) return;
    shown = html;
    const held = panel.contains(document.activeElement) ? document.activeElement : null;
    const next = document.createElement("main");
    next.innerHTML = html;
    children(panel, next);
    tick();
    if (held && !held.isConnected) {
      const same = held.id && document.getElementById(held.id);
      (same || panel).focus({ preventScroll: true });
    }
    panel.dispatchEvent(new CustomEvent("console:shown"));
  }

  // ---- asking for the panel: one request at a time, with a pause that grows with what it costs

  let asking = false;
  let again = false;

  async function refresh() {
    if (body.dataset.live !== "true") return;
    if (asking || document.hidden) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    const began = performance.now();
    const url = location.pathname + location.search;
    try {
      const answer = await fetch(url, { headers: { "x-console": "part" } });
      if (answer.status === 401) return location.reload();
      // Whoever has gone on to another page of the list meanwhile wants that one.
      if (answer.ok && url === location.pathname + location.search) show(await answer.text());
      else again = true;
    } catch {
      again = false;
    }
    setTimeout(() => {
      asking = false;
      if (again) refresh();
    }, Math.max(GAP, 10 * (performance.now() - began)));
  }

  // ---- following what happens

  function follow() {
    if (stream || document.hidden) return;
    stream = new EventSource("/console/changes");
    stream.addEventListener("news", (event) => {
      const news = JSON.parse(event.data);
      if (news.build !== body.dataset.build && !dirty()) return location.reload();
      lost.hidden = true;
      formToken = news.formToken;
      setClock(news.now, news.speed);
      const old = version;
      version = news.version;
      if (news.instance !== instance) {
        instance = news.instance;
        say({ done: true, text: "The server was started again." });
        panel.dispatchEvent(new CustomEvent("console:restarted"));
        refresh();
      } else if (old !== null) refresh();
      panel.dispatchEvent(new CustomEvent("console:news", { detail: news }));
    });
    stream.addEventListener("error", (event) => {
      const broken = event.target;
      if (broken !== stream) return;
      if (broken.readyState === EventSource.CLOSED) retry();
      // A page that goes away loses its connections, too.
      setTimeout(() => {
        if (document.hidden || stream?.readyState === EventSource.OPEN) return;
        put(lost, "Connection lost, retrying …");
        lost.hidden = false;
      }, 600);
    });
  }

  // A stream that was answered with an error does not come back by itself.
  function retry() {
    stream = null;
    setTimeout(async () => {
      try {
        const answer = await fetch(location.pathname, { headers: { "x-console": "part" } });
        if (answer.status === 401) return location.reload();
        if (answer.ok) return follow();
      } catch {
        // It is tried again.
      }
      retry();
    }, 2000);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else {
      follow();
      tick();
      refresh();
    }
  });

  // ---- forms

  function dirty() {
    return [...panel.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue && field.type !== "checkbox");
  }

  function say(result) {
    const line = document.createElement("p");
    line.className = "message " + (result.done ? "good" : "bad");
    const words = document.createElement("span");
    words.textContent = result.text;
    if (result.call) {
      const call = document.createElement("code");
      call.textContent = result.call;
      words.append(" ", call);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.setAttribute("aria-label", "Close this message");
    close.addEventListener("click", () => said.replaceChildren());
    line.append(words, close);
    said.replaceChildren(line);
  }

  async function send(form, submitter) {
    const fields = new FormData(form, submitter);
    fields.set("form_token", formToken);
    const whole = form.enctype === "multipart/form-data" ? fields : new URLSearchParams(fields);
    form.setAttribute("aria-busy", "true");
    const boxes = [...form.elements].filter(isBox).map((box) => [box, box.checked]);
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: whole, headers: { accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      const result = answer.headers.get("content-type")?.includes("json") ? await answer.json() : { done: false, text: "The server did not accept the form. Load the page again." };
      // What was done is no longer an edit, even if something else holds before it was ever shown.
      if (result.done) for (const [box, checked] of boxes) box.defaultChecked = checked;
      say(result);
      if (result.done && form.dataset.after === "reset") form.reset();
    } catch {
      say({ done: false, text: "The server does not answer; nothing is known to have been done." });
    }
    form.removeAttribute("aria-busy");
    refresh();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") === "/console/act") {
      event.preventDefault();
      send(form, event.submitter);
    } else if (form.dataset.filter !== undefined) {
      event.preventDefault();
      filter(form);
    }
  });

  let typing = 0;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.nodeName === "SELECT") field.dataset.touched = "1";
    const form = field.form;
    if (!form || form.dataset.filter === undefined) return;
    clearTimeout(typing);
    typing = setTimeout(() => filter(form), 250);
  });

  // The filter goes into the address, so that a reload keeps it.
  function filter(form) {
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    const address = query.size ? "?" + query : location.pathname;
    history.replaceState(null, "", address);
    refresh();
  }

  const here = document.querySelector(".top nav [aria-current]");
  if (here) here.closest("ul").scrollLeft = here.offsetLeft - 24;

  window.passConsole = { now, duration, say, refresh, token: () => formToken };
  addEventListener("pagehide", () => stream?.close());
  setInterval(tick, 1000);
  tick();
  follow();
})();
