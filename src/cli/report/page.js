"use strict";
(() => {
  // Everything that came from a server gets into the page as text, never as HTML.
  const { columns, texts, rows, places } = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 200, WIDE = 40, TALL = 100, FACETS = 12;
  const byId = (id) => document.getElementById(id);
  const at = (key) => columns.findIndex((column) => column.key === key);
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const text = (row, column) => (column < 0 ? "" : texts[rows[row][column]]);
  const view = { name: "table", search: "", facets: new Map(), sort: -1, down: false, page: 0, side: 0, organization: "" };
  let shown = [];

  // Texts in the order of people: comparing two rows is comparing two numbers then.
  const rank = new Int32Array(texts.length);
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  texts.map((_, index) => index).sort((a, b) => compare(texts[a], texts[b])).forEach((index, place) => { rank[index] = place; });

  function choose() {
    const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.map((word) => texts.map((text) => text.toLowerCase().includes(word)));
    const facets = [...view.facets];
    shown = [];
    rows.forEach((row, index) => {
      if (facets.every(([column, value]) => row[column] === value) && found.every((has) => row.some((cell) => has[cell]))) shown.push(index);
    });
    if (view.sort >= 0) {
      const sign = view.down ? -1 : 1;
      shown.sort((a, b) => sign * (rank[rows[a][view.sort]] - rank[rows[b][view.sort]]) || a - b);
    }
  }

  function drawTable() {
    const [head, body] = [document.querySelector("#table thead"), document.querySelector("#table tbody")];
    const visible = columns.map((_, index) => index).filter((index) => columns[index].filled);
    const titles = visible.map((index) => {
      const button = make("button", { type: "button" }, columns[index].title);
      button.addEventListener("click", () => {
        view.down = view.sort === index && !view.down;
        view.sort = index;
        view.page = 0;
        draw();
        document.querySelectorAll("#table thead button")[visible.indexOf(index)].focus();
      });
      const order = view.sort === index ? (view.down ? "descending" : "ascending") : "none";
      return make("th", { scope: "col", "aria-sort": order }, button);
    });
    head.replaceChildren(make("tr", {}, ...titles));
    const cell = (row, index) => {
      const value = text(row, index) === columns[index].usual ? "" : text(row, index);
      if (columns[index].key === "role" && value) return make("td", {}, make("b", { class: `role ${value}` }, value));
      return make("td", {}, make("bdi", {}, value));
    };
    const page = shown.slice(view.page * PAGE, (view.page + 1) * PAGE);
    body.replaceChildren(...page.map((row) => make("tr", {}, ...visible.map((index) => cell(row, index)))));
    pages([["Rows", shown.length, PAGE, "page"]]);
  }

  const LETTERS = { read: "R", write: "W", admin: "A", none: "–", "": "?" };

  function drawMatrix() {
    const [org, account, repository] = [at("organization"), at("account"), at("repository")];
    const mine = shown.filter((row) => text(row, org) === view.organization);
    const accounts = new Map();
    for (const row of mine) {
      const cells = accounts.get(text(row, account)) || new Map();
      cells.set(text(row, repository), row);
      accounts.set(text(row, account), cells);
    }
    const asked = view.search || view.facets.size;
    const known = new Set(mine.map((row) => text(row, repository)));
    const every = [...accounts.values()].some((cells) => cells.has("*"));
    const all = places.filter(([place, name]) => texts[place] === view.organization && (every || !asked || known.has(texts[name])));
    const repositories = ["*", ...all.map(([, name]) => texts[name])].filter((name) => name !== "*" || every);
    const wide = repositories.slice(view.side * WIDE, (view.side + 1) * WIDE);
    const tall = [...accounts.keys()].slice(view.page * TALL, (view.page + 1) * TALL);
    const called = (name) => (name === "*" ? "all, also to come" : name);
    const heads = wide.map((name) => make("th", { scope: "col", title: called(name) }, make("span", {}, make("bdi", {}, called(name)))));
    document.querySelector("#matrix thead").replaceChildren(make("tr", {}, make("td"), ...heads));
    const line = (name) => {
      const cells = accounts.get(name);
      const one = (place) => {
        const row = cells.get(place) ?? cells.get("*");
        if (row === undefined) return make("td");
        const role = text(row, at("role")), disabled = text(row, at("enabled")) === "no";
        const told = `${name === "*" ? "everybody" : name} on ${called(place)}: ${role || "role not read"}${disabled ? ", disabled" : ""} – ${text(row, at("via"))}`;
        const button = make("button", { type: "button", class: `role ${role || "unknown"}${disabled ? " off" : ""}`, "aria-label": told, tabindex: "-1" }, LETTERS[role] ?? "?");
        button.addEventListener("focus", () => { byId("reason").textContent = told; });
        button.addEventListener("click", () => { byId("reason").textContent = told; button.focus(); });
        return make("td", {}, button);
      };
      return make("tr", {}, make("th", { scope: "row" }, make("bdi", {}, name === "*" ? "everybody" : name)), ...wide.map(one));
    };
    const body = document.querySelector("#matrix tbody");
    body.replaceChildren(...tall.map(line));
    body.querySelector("button")?.setAttribute("tabindex", "0");
    pages([["Accounts", accounts.size, TALL, "page"], ["Repositories", repositories.length, WIDE, "side"]]);
  }

  function walk(event) {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const [step, cell] = [steps[event.key], event.target.closest("td")];
    if (!step || !cell) return;
    event.preventDefault();
    let row = cell.parentElement, place = cell.cellIndex;
    for (;;) {
      place += step[1];
      if (step[0] < 0) row = row.previousElementSibling;
      if (step[0] > 0) row = row.nextElementSibling;
      const next = row?.cells[place];
      if (!next || place < 1) return;
      const button = next.querySelector("button");
      if (button) {
        event.target.setAttribute("tabindex", "-1");
        button.setAttribute("tabindex", "0");
        button.focus();
        return;
      }
    }
  }

  function drawAges() {
    const [created, idle, ends] = [at("created"), at("idle_days"), at("expires")];
    const time = (row, column) => (column < 0 ? NaN : Date.parse(text(row, column)));
    const now = Date.parse(document.querySelector("main").dataset.made);
    const lastUse = (row) => (text(row, idle) ? now - Number(text(row, idle)) * 86_400_000 : NaN);
    const page = shown.slice(view.page * PAGE, (view.page + 1) * PAGE);
    const from = Math.min(now, ...page.map((row) => time(row, created)).filter(Number.isFinite));
    const to = Math.max(now + (now - from) / 10, Math.min(now + (now - from || 1), Math.max(...page.map((row) => time(row, ends)).filter(Number.isFinite), now)));
    const place = (when) => Math.max(0, Math.min(100, (100 * (when - from)) / (to - from || 1)));
    const set = (name, left, width) => {
      const mark = make("span", { class: name });
      mark.style.left = `${left}%`;
      if (width !== undefined) mark.style.width = `${width}%`;
      return mark;
    };
    const line = (row) => {
      const [begin, last, end] = [time(row, created), lastUse(row), time(row, ends)];
      const name = columns.map((column, index) => (column.identity ? text(row, index) : "")).filter(Boolean).join(" ");
      const told = `${name}: created ${text(row, created) || "unknown"}, ${text(row, idle) ? `last used ${text(row, idle)} days ago` : "never used"}, ends ${text(row, ends) || "never"}`;
      const track = make("div", { class: "track", role: "img", "aria-label": told, title: told });
      if (Number.isFinite(begin)) track.append(set("life", place(begin), place(Number.isFinite(end) ? end : to) - place(begin)));
      track.append(set("today", place(now)));
      if (Number.isFinite(last)) track.append(set("used", place(last)));
      return make("li", {}, make("bdi", { class: "name" }, name), track);
    };
    document.querySelector("#ages ol").replaceChildren(...page.map(line));
    pages([["Rows", shown.length, PAGE, "page"]]);
  }

  function pages(lists) {
    const parts = lists.filter(([, total, size]) => total > size).flatMap(([name, total, size, key]) => {
      const step = (label, to) => {
        const button = make("button", { type: "button", "aria-label": `${label} ${name.toLowerCase()}` }, label);
        button.disabled = to < 0 || to * size >= total;
        button.addEventListener("click", () => { view[key] = to; draw(); });
        return button;
      };
      const first = view[key] * size;
      return [step("Previous", view[key] - 1), make("span", {}, `${name} ${first + 1}–${Math.min(first + size, total)} of ${total}`), step("Next", view[key] + 1)];
    });
    byId("pages").hidden = parts.length === 0;
    byId("pages").replaceChildren(...parts);
    byId("status").textContent = `${shown.length} of ${rows.length} rows`;
  }

  const VIEWS = { table: drawTable, matrix: drawMatrix, ages: drawAges };

  function draw() {
    choose();
    for (const name of Object.keys(VIEWS)) byId(name).hidden = name !== view.name;
    document.querySelectorAll("#views button").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.view === view.name)));
    VIEWS[view.name]();
  }

  function restart() {
    view.page = view.side = 0;
    draw();
  }

  // What stands behind # in the address opens a view: #view=matrix&search=jdoe&sort=role
  function open() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (views.includes(given.get("view"))) view.name = given.get("view");
    view.search = byId("search").value = given.get("search") || "";
    view.sort = at(given.get("sort"));
    view.down = given.get("order") === "descending";
    restart();
  }

  const has = (...keys) => keys.every((key) => at(key) >= 0);
  const views = ["table"];
  if (has("organization", "account", "repository", "role", "via") && !has("change")) views.push("matrix");
  if (has("created", "expires")) views.push("ages");
  if (views.length > 1) {
    byId("views").append(...views.map((name) => {
      const button = make("button", { type: "button", "data-view": name }, name[0].toUpperCase() + name.slice(1));
      button.addEventListener("click", () => { view.name = name; restart(); });
      return button;
    }));
  }
  columns.forEach((column, index) => {
    const values = new Set();
    for (const row of rows) if (values.add(row[index]).size > FACETS) return;
    if (values.size < 2 || [...values].some((value) => /^\d{4}-\d\d-\d\dT/.test(texts[value]))) return;
    const options = [...values].sort((a, b) => rank[a] - rank[b]).map((value) => make("option", { value }, texts[value] || "(unknown)"));
    const select = make("select", {}, make("option", { value: "" }, "all"), ...options);
    select.addEventListener("change", () => {
      if (select.value) view.facets.set(index, Number(select.value));
      else view.facets.delete(index);
      restart();
    });
    byId("facets").append(make("label", {}, `${column.title[0].toUpperCase()}${column.title.slice(1)} `, select));
  });
  const organizations = [...new Set(rows.map((row) => (at("organization") < 0 ? "" : texts[row[at("organization")]])))];
  view.organization = organizations[0] ?? "";
  byId("organization").append(...organizations.map((name) => make("option", {}, name)));
  byId("organization").addEventListener("change", (event) => { view.organization = event.target.value; restart(); });
  byId("search").addEventListener("input", (event) => { view.search = event.target.value; restart(); });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => { view.search = ""; view.facets.clear(); view.sort = -1; setTimeout(restart); });
  document.querySelector("#matrix table").addEventListener("keydown", walk);
  addEventListener("hashchange", open);
  byId("filters").hidden = false;
  open();
})();
