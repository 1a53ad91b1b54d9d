
"use strict";
// The timeline: follows the stream of rows, keeps the list bounded, opens rows, reveals secrets.
(() => {
  const root = document.getElementById("tl");
  if (!root) return;
  const by = (id) => document.getElementById("tl-" + id);
  const [rows, heads, state, said, jump, pause] = ["rows", "heads", "state", "said", "jump", "pause"].map(by);
  const form = by("filter");
  const MOST = 1000;
  const COALESCE = 250;

  let after = root.dataset.after;
  let columns = root.dataset.columns;
  let stream = null;
  let retry = 0;
  let paused = false;
  let unseen = 0;
  let dropped = 0;
  // What arrived before the view was cleared does not come back, also when the server tells it twice.
  let cleared = 0;
  let news = { rows: 0, problems: 0 };

  // ---- the address holds the whole view

  function parameters(extra) {
    const query = new URLSearchParams(location.search);
    for (const name of ["before", "said", "find"]) query.delete(name);
    for (const [name, value] of Object.entries(extra || {})) query.set(name, value);
    return query;
  }

  const url = (path, extra) => "/console/timeline" + path + "?" + parameters(extra);

  // ---- rows into the list

  const atEnd = () => root.scrollHeight - root.scrollTop - root.clientHeight < 60;

  function toEnd() {
    root.scrollTop = root.scrollHeight;
    unseen = 0;
    showJump();
  }

  function showJump() {
    jump.hidden = root.dataset.live !== "true" || atEnd();
    jump.textContent = unseen ? `${unseen} new ↓` : "Newest ↓";
  }

  function elements(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return [...holder.content.querySelectorAll("li.x")];
  }

  function equip(row) {
    const link = row.querySelector("a.open");
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
  }

  // By time of arrival; what was answered late goes where it belongs.
  function place(row) {
    const order = Number(row.dataset.order);
    let before = rows.lastElementChild;
    while (before && !before.matches(".run") && Number(before.dataset.order) > order) before = before.previousElementSibling;
    if (before) before.after(row);
    else rows.prepend(row);
  }

  function insert(html) {
    let added = 0;
    for (const row of elements(html)) {
      const old = document.getElementById(row.id);
      if (Number(row.dataset.order) <= cleared) continue;
      if (old) {
        if (!old.querySelector(".opened")) {
          equip(row);
          old.replaceWith(row);
        }
        continue;
      }
      equip(row);
      place(row);
      added += 1;
      if (row.matches(".problem")) news.problems += 1;
    }
    news.rows += added;
    return added;
  }

  function trim() {
    const held = document.activeElement;
    while (rows.childElementCount > MOST) {
      const oldest = rows.firstElementChild;
      if (oldest.contains(held)) break;
      if (oldest.matches(".x")) dropped += 1;
      oldest.remove();
    }
    if (!dropped) return;
    let edge = by("dropped");
    if (!edge) {
      edge = document.createElement("p");
      edge.id = "tl-dropped";
      edge.className = "edge";
      rows.before(edge);
      by("older")?.remove();
    }
    const first = rows.querySelector(".x:not(.gone)")?.dataset.order;
    const link = document.createElement("a");
    link.href = "/console/timeline?" + parameters(first ? { before: first } : {});
    link.textContent = "show older exchanges";
    edge.replaceChildren(`${dropped} older rows were taken off this page to keep it fast: `, link, ", or export the view.");
  }

  function note(className, text, button) {
    const line = document.createElement("li");
    line.className = className;
    const words = document.createElement("span");
    words.textContent = text;
    line.append(words);
    if (button) line.append(" ", button);
    return line;
  }

  function leftOut(piece) {
    if (piece.forgotten) rows.append(ordered(note("left-out", `${count(piece.forgotten)} came and went faster than they could be shown and are not kept any more.`)));
    if (!piece.skipped) return;
    const load = document.createElement("button");
    load.type = "button";
    load.className = "quiet small";
    load.textContent = piece.skipped > 500 ? "Load the last 500 of them" : "Load them";
    const line = note("left-out", `${count(piece.skipped)} left out, so many came at once.`, load);
    line.dataset.order = piece.last;
    load.addEventListener("click", () => loadLeftOut(line, piece));
    place(line);
  }

  const count = (n) => (n === 1 ? "1 exchange was" : n + " exchanges were");

  function ordered(line) {
    line.dataset.order = rows.lastElementChild?.dataset.order || 0;
    return line;
  }

  async function loadLeftOut(line, piece) {
    try {
      const answer = await fetch(url("/rows", { first: piece.first, last: piece.last, columns }));
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text();
      line.remove();
      insert(html);
      root.focus({ preventScroll: true });
    } catch {
      line.firstElementChild.textContent = "They could not be loaded.";
    }
  }

  // ---- following

  let pending = [];
  let timer = 0;

  function take(piece) {
    pending.push(piece);
    if (!timer) timer = setTimeout(() => requestAnimationFrame(flush), COALESCE / 2);
  }

  function flush() {
    timer = 0;
    const end = atEnd();
    for (const piece of pending.splice(0)) {
      columns = piece.columns;
      if (piece.heads) {
        heads.innerHTML = piece.heads;
        root.className = root.className.replace(/\blanes-\d+/, "lanes-" + piece.tracks);
      }
      leftOut(piece);
      unseen += insert(piece.html);
    }
    trim();
    by("empty").hidden = rows.childElementCount > 0;
    if (end) toEnd();
    else showJump();
  }

  function tell(text) {
    if (state.textContent !== text) state.textContent = text;
  }

  function follow() {
    clearTimeout(retry);
    if (stream || paused || document.hidden || root.dataset.live !== "true") return;
    stream = new EventSource(url("/stream", { after, columns }));
    stream.addEventListener("hello", (event) => {
      tell("Following.");
      const hello = JSON.parse(event.data);
      if (hello.restarted) restarted();
    });
    stream.addEventListener("rows", (event) => {
      after = event.lastEventId;
      take(JSON.parse(event.data));
    });
    stream.addEventListener("error", () => {
      stop();
      tell("Connection lost, retrying …");
      retry = setTimeout(follow, 1500);
    });
  }

  function stop() {
    stream?.close();
    stream = null;
  }

  // What was shown before is of a run that nobody can ask any more.
  function restarted() {
    flush();
    for (const row of rows.querySelectorAll(".x:not(.gone)")) {
      row.classList.add("gone");
      row.removeAttribute("id");
    }
    const line = note("run", "The server was started again. What stands above is of the run before.");
    line.dataset.order = 0;
    rows.append(line);
    after = "";
    cleared = 0;
    const query = parameters();
    query.delete("from");
    readdress(query);
    announce("The server was started again.");
  }

  function announce(text) {
    said.textContent = text;
  }

  setInterval(() => {
    if (!news.rows || document.hidden) return;
    const problems = news.problems ? `, ${news.problems} with problems` : "";
    announce(`${news.rows} new ${news.rows === 1 ? "exchange" : "exchanges"}${problems}.`);
    news = { rows: 0, problems: 0 };
  }, 10000);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else follow();
  });
  addEventListener("pagehide", stop);

  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Follow" : "Pause";
    if (paused) {
      stop();
      tell("Paused.");
    } else {
      follow();
      toEnd();
    }
  });

  by("clear").addEventListener("click", () => {
    const last = Math.max(0, ...[...rows.querySelectorAll(".x:not(.gone)")].map((row) => Number(row.dataset.order)));
    const query = parameters(last ? { from: `${last}-${after.slice(0, 8)}` } : {});
    cleared = last;
    rows.replaceChildren();
    dropped = 0;
    by("dropped")?.remove();
    by("older")?.remove();
    by("empty").hidden = false;
    by("empty").textContent = "The view was cleared; what comes from now on appears here.";
    readdress(query);
    showJump();
  });

  jump.addEventListener("click", () => {
    toEnd();
    root.focus({ preventScroll: true });
  });
  let wasAtEnd = true;
  root.addEventListener("scroll", () => {
    wasAtEnd = atEnd();
    if (wasAtEnd) unseen = 0;
    showJump();
  }, { passive: true });
  addEventListener("resize", () => wasAtEnd && toEnd());

  // ---- opening a row

  async function open(link) {
    const row = link.closest(".x");
    const old = row.querySelector(".opened");
    if (old) {
      old.remove();
      link.setAttribute("aria-expanded", "false");
      return;
    }
    const box = document.createElement("div");
    box.className = "opened";
    box.innerHTML = "<p class=\"fine\">Loading …</p>";
    row.append(box);
    link.setAttribute("aria-expanded", "true");
    if (row.matches(".gone")) {
      box.innerHTML = "<p class=\"message warn\">It is of an earlier run of the server, which took its details along.</p>";
      return;
    }
    try {
      const answer = await fetch(link.getAttribute("href"), { headers: { "x-console": "part" } });
      if (answer.status === 401) return location.reload();
      box.innerHTML = await answer.text();
    } catch {
      box.innerHTML = "<p class=\"message bad\">The server does not answer.</p>";
    }
  }

  async function reveal(button) {
    if (button.getAttribute("aria-pressed") === "true") {
      button.textContent = button.dataset.alias;
      button.setAttribute("aria-pressed", "false");
      return;
    }
    const id = button.closest("[data-details]").dataset.details;
    try {
      const answer = await fetch(`/console/timeline/${id}/secret/${button.dataset.secret}`);
      if (!answer.ok) throw new Error(answer.status);
      button.dataset.alias = button.textContent;
      button.textContent = await answer.text();
      button.setAttribute("aria-pressed", "true");
    } catch {
      announce("It could not be revealed.");
    }
  }

  function step(link, by) {
    let row = link.closest(".x");
    do row = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    while (row && !row.matches(".x"));
    row?.querySelector("a.open").focus();
  }

  root.addEventListener("click", (event) => {
    const link = event.target.closest("a.open");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(link);
      return;
    }
    const secret = event.target.closest("button.secret");
    if (secret) {
      event.preventDefault();
      reveal(secret);
    }
  });

  root.addEventListener("keydown", (event) => {
    const link = event.target.closest("a.open");
    if (!link || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " ") open(link);
    else if (event.key === "ArrowDown") step(link, 1);
    else if (event.key === "ArrowUp") step(link, -1);
    else return;
    event.preventDefault();
  });

  // ---- the filter

  function readdress(query) {
    history.replaceState(null, "", query.size ? "?" + query : location.pathname);
    const shown = new URLSearchParams(query);
    shown.delete("layout");
    for (const ending of ["har", "jsonl"]) by(ending).href = `/console/timeline/export.${ending}?${shown}`;
  }

  let wanted = 0;

  async function apply() {
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (!value || name === "find") query.delete(name, value);
    const from = new URLSearchParams(location.search).get("from");
    if (from) query.set("from", from);
    readdress(query);
    const picked = query.getAll("lane").length;
    const all = by("picked").textContent.match(/\d+$/)?.[0] || "";
    by("picked").textContent = picked ? `${picked} of ${all}` : `all ${all}`;
    const turn = (wanted += 1);
    stop();
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { "x-console": "part" } });
      if (answer.status === 401) return location.reload();
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      if (turn === wanted) show(holder.content);
    } catch {
      tell("The server does not answer.");
    }
    if (turn === wanted) follow();
  }

  function show(part) {
    const next = part.getElementById("tl");
    const get = (id) => part.getElementById("tl-" + id);
    pending = [];
    dropped = 0;
    by("dropped")?.remove();
    root.className = next.className + " follows";
    ({ after, columns } = next.dataset);
    root.dataset.live = next.dataset.live;
    heads.innerHTML = get("heads").innerHTML;
    rows.innerHTML = get("rows").innerHTML;
    for (const row of rows.querySelectorAll(".x")) equip(row);
    by("older")?.remove();
    if (get("older")) rows.before(get("older"));
    by("empty").replaceWith(get("empty"));
    by("count").replaceWith(get("count"));
    announce(by("count").textContent);
    toEnd();
  }

  let typing = 0;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  form.addEventListener("input", (event) => {
    clearTimeout(typing);
    typing = setTimeout(event.target.id === "tl-find" ? findLanes : apply, 250);
  });

  async function findLanes() {
    const query = new URLSearchParams({ find: by("find").value });
    for (const box of form.querySelectorAll("input[name=lane]:checked")) query.append("lane", box.value);
    try {
      const answer = await fetch("/console/timeline/picker?" + query);
      if (answer.ok) by("lanes").innerHTML = await answer.text();
    } catch {
      tell("The server does not answer.");
    }
  }

  by("picker").addEventListener("toggle", (event) => {
    if (event.target.open) findLanes();
  });

  // ---- the beginning

  root.classList.add("follows");
  for (const row of rows.querySelectorAll(".x")) equip(row);
  by("apply").hidden = true;
  if (root.dataset.live === "true") for (const id of ["pause", "clear"]) by(id).hidden = false;
  toEnd();
  follow();
})();
