"use strict";
(function () {
  const ALL = "";
  const ROWS_PER_PAGE = 100; // what is on the screen stays small, however many models there are
  const KINDS = ["plain", "NeuRN", "random"];
  const { benchmarks, models, scores } = window.SCORES;
  const byId = (id) => document.getElementById(id);
  const selects = ["dataset", "metric", "area", "part", "variant"];
  const names = {
    part: (value) => value || "all neuroids",
    variant: (value) => value || "as the mice saw them",
    area: (value) => (value === "all" ? "all together" : value),
  };
  // What a select without a choice shows: of parts and variants there is always one, "" being the whole.
  const everything = { dataset: "all recordings", metric: "all metrics", area: "all areas", part: "all parts", variant: "all variants" };
  const state = { search: "", family: ALL, kinds: KINDS.slice(), sort: "mean", descending: true, page: 0 };

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children); // strings become text, never markup
    return made;
  }

  function two(value) {
    return value.toFixed(2).replace(/^(-?)0\./, "$1.").replace("-", "\u2212");
  }

  // ---- what is chosen -------------------------------------------------------------------------------------------

  function fitsOthers(benchmark, select) {
    return selects.every((other) => other === select || state[other] === null || benchmark[other] === state[other]);
  }

  function defaults() {
    const count = new Map();
    for (const benchmark of benchmarks) {
      if (benchmark.robustness) continue;
      const real = benchmark.dataset.startsWith("simulated") ? 0 : 1e6;
      count.set(benchmark.dataset, (count.get(benchmark.dataset) || real) + 1);
    }
    const datasets = [...count].sort((a, b) => b[1] - a[1]);
    state.dataset = datasets.length ? datasets[0][0] : null;
    const inDataset = benchmarks.filter((benchmark) => state.dataset === null || benchmark.dataset === state.dataset);
    state.metric = inDataset[0].metric;
    state.area = null;
    const plain = inDataset.filter((benchmark) => benchmark.metric === state.metric);
    state.part = plain.some((benchmark) => benchmark.part === "") ? "" : null;
    state.variant = plain.some((benchmark) => benchmark.variant === "") ? "" : null;
    Object.assign(state, { search: "", family: ALL, kinds: KINDS.slice(), sort: "mean", descending: true, page: 0 });
  }

  function fillSelects() {
    for (const select of selects) {
      const values = [...new Set(benchmarks.map((benchmark) => benchmark[select]))];
      const possible = new Set(benchmarks.filter((b) => fitsOthers(b, select)).map((b) => b[select]));
      const name = names[select] || ((value) => value);
      const options = [element("option", { value: "*", textContent: everything[select] })];
      values.forEach((value, number) => {
        const option = element("option", { value: String(number), textContent: name(value) });
        option.disabled = !possible.has(value) && select !== "dataset";
        option.selected = state[select] === value;
        options.push(option);
      });
      const box = byId(select);
      box.replaceChildren(...options);
      box.values = values;
      box.closest("label").hidden = values.length < 2;
    }
    const families = [...new Set(models.map((model) => model.family))].sort();
    byId("family").replaceChildren(
      element("option", { value: ALL, textContent: "all families" }),
      ...families.map((family) => element("option", { value: family, textContent: family, selected: family === state.family })),
    );
    byId("search").value = state.search;
    for (const box of document.getElementsByName("kind")) box.checked = state.kinds.includes(box.value);
  }

  function chosenColumns() {
    return benchmarks.flatMap((benchmark, number) => (fitsOthers(benchmark, null) ? [number] : []));
  }

  // A choice that leaves no benchmark gives up the other choices that stand in its way.
  function repair(kept) {
    for (const select of selects) {
      if (chosenColumns().length) return;
      if (select !== kept) state[select] = null;
    }
  }

  // ---- sorting --------------------------------------------------------------------------------------------------

  function meanOf(row, columns) {
    let total = 0;
    let error = 0;
    for (const column of columns) {
      if (!row[column] || row[column][0] === null) return null;
      total += row[column][0];
      error += row[column][1] || 0; // the areas share their stimuli: an upper bound
    }
    return [total / columns.length, error / columns.length];
  }

  function hasMean(columns) {
    return columns.length > 1 && columns.every((c) => !benchmarks[c].robustness && benchmarks[c].metric === benchmarks[columns[0]].metric);
  }

  function rows(columns) {
    const wanted = state.search.trim().toLowerCase();
    const found = [];
    models.forEach((model, number) => {
      if (wanted && !model.name.toLowerCase().includes(wanted)) return;
      if (state.family !== ALL && model.family !== state.family) return;
      if (!state.kinds.includes(model.kind)) return;
      const row = scores[number];
      if (!columns.some((column) => row[column])) return;
      found.push({ model, row, mean: hasMean(columns) ? meanOf(row, columns) : null });
    });
    const direction = state.descending ? -1 : 1;
    const byName = (a, b) => (a.model.name < b.model.name ? -1 : a.model.name > b.model.name ? 1 : 0);
    if (state.sort === "model") return found.sort((a, b) => direction * byName(a, b));
    const value = (entry) => {
      const cell = state.sort === "mean" ? entry.mean : entry.row[state.sort];
      return cell && cell[0] !== null ? cell[0] : null;
    };
    return found.sort((a, b) => {
      const first = value(a);
      const second = value(b);
      if (first === null || second === null) return first === second ? byName(a, b) : first === null ? 1 : -1; // last, either way
      return direction * (first - second) || byName(a, b);
    });
  }

  // ---- drawing --------------------------------------------------------------------------------------------------

  function sortButton(key, ...content) {
    const header = element("th", { scope: "col" });
    const active = state.sort === key;
    if (active) header.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    const arrow = element("span", { className: "arrow", textContent: active ? (state.descending ? "▼" : "▲") : "" });
    arrow.setAttribute("aria-hidden", "true");
    const button = element("button", { type: "button" }, ...content, arrow);
    button.dataset.sort = key;
    header.append(button);
    return header;
  }

  function drawHead(columns) {
    const groups = [];
    for (const column of columns) {
      const b = benchmarks[column];
      const title = [b.dataset, b.metric, b.part, b.variant && "@" + b.variant].filter(Boolean).join(" · ");
      if (groups.length && groups[groups.length - 1].title === title) groups[groups.length - 1].n += 1;
      else groups.push({ title, n: 1 });
    }
    const mean = hasMean(columns);
    const top = element("tr", { className: "groups" }, element("td", { colSpan: mean ? 3 : 2 }));
    for (const group of groups) top.append(element("th", { colSpan: group.n, scope: "colgroup", textContent: group.title }));
    const labels = element("tr", {}, element("th", { scope: "col", className: "rank", textContent: "#" }));
    const name = sortButton("model", "Model");
    name.className = "name";
    labels.append(name);
    if (mean) labels.append(sortButton("mean", "mean"));
    const ceilings = element("tr", { className: "ceilings" }, element("td"), element("th", { scope: "row", textContent: "ceiling", className: "name" }));
    if (mean) ceilings.append(element("td"));
    for (const column of columns) {
      const benchmark = benchmarks[column];
      const header = sortButton(column, benchmark.area === "all" ? (benchmark.robustness ? "score" : "all") : benchmark.area);
      header.title = benchmark.name + (benchmark.nNeuroids ? ": " + benchmark.nNeuroids + " neuroids of " + benchmark.nMice + " mice" : "");
      labels.append(header);
      const cell = element("td", { className: "cell" });
      if (benchmark.ceiling !== null) {
        cell.append(two(benchmark.ceiling));
        if (benchmark.ceilingError !== null) cell.append(element("span", { className: "error", textContent: "±" + two(benchmark.ceilingError) }));
      }
      ceilings.append(cell);
    }
    byId("scores").tHead.replaceChildren(top, labels, ceilings);
  }

  function scoreCell(cell, best, extra) {
    if (!cell || cell[0] === null) return element("td", { className: "cell none" }, element("span", { className: "hidden", textContent: "no score" }));
    const [value, error] = cell;
    const shown = element("td", { className: "cell" + (best ? " best" : "") + (extra || "") }, two(value));
    const percent = (number) => Math.min(Math.max(number, 0), 1) * 100 + "%";
    shown.style.setProperty("--score", percent(value));
    if (error !== null) {
      shown.append(element("span", { className: "error", textContent: "±" + two(error) }));
      shown.style.setProperty("--low", percent(value - error));
      shown.style.setProperty("--high", percent(value + error));
    }
    return shown;
  }

  function draw() {
    const columns = chosenColumns();
    const sortable = state.sort === "model" || (state.sort === "mean" ? hasMean(columns) : columns.includes(state.sort));
    if (!sortable) Object.assign(state, { sort: hasMean(columns) ? "mean" : columns[0], descending: true });
    const found = rows(columns);
    const nPages = Math.max(Math.ceil(found.length / ROWS_PER_PAGE), 1);
    state.page = Math.min(state.page, nPages - 1);
    const start = state.page * ROWS_PER_PAGE;
    const best = new Map();
    for (const column of columns) {
      best.set(column, Math.max(...found.map((entry) => (entry.row[column] && entry.row[column][0] !== null ? entry.row[column][0] : -Infinity))));
    }
    drawHead(columns);
    const body = found.slice(start, start + ROWS_PER_PAGE).map((entry, offset) => {
      const link = element("a", { href: entry.model.page, textContent: entry.model.name });
      const name = element("th", { scope: "row", className: "name" }, link);
      if (entry.model.kind !== "plain") name.append(element("span", { className: "kind " + entry.model.kind, textContent: entry.model.kind }));
      const line = element("tr", {}, element("td", { className: "rank", textContent: String(start + offset + 1) }), name);
      if (hasMean(columns)) line.append(scoreCell(entry.mean, false, " mean"));
      for (const column of columns) {
        const cell = entry.row[column];
        line.append(scoreCell(cell, cell && cell[0] === best.get(column)));
      }
      return line;
    });
    if (!body.length) body.push(element("tr", {}, element("td", { colSpan: columns.length + 3, className: "empty", textContent: "No model has such scores." })));
    byId("scores").tBodies[0].replaceChildren(...body);
    const end = Math.min(start + ROWS_PER_PAGE, found.length);
    byId("range").textContent = found.length ? start + 1 + "–" + end + " of " + found.length : "";
    byId("previous").disabled = state.page === 0;
    byId("next").disabled = state.page >= nPages - 1;
    document.querySelector(".pager").hidden = nPages === 1;
    const by = state.sort === "model" ? "name" : state.sort === "mean" ? "mean" : benchmarks[state.sort].name;
    byId("status").textContent =
      found.length + (found.length === 1 ? " model" : " models") + ", by " + by + ", " + (state.descending ? "descending" : "ascending");
    remember();
  }

  // ---- the address keeps the view, so that it can be sent to others ---------------------------------------------

  function remember() {
    const told = new URLSearchParams();
    for (const select of selects) if (state[select] !== null) told.set(select, state[select]);
    if (state.search) told.set("search", state.search);
    if (state.family !== ALL) told.set("family", state.family);
    if (state.kinds.length < KINDS.length) told.set("kinds", state.kinds.join(" "));
    told.set("sort", typeof state.sort === "number" ? benchmarks[state.sort].name : state.sort);
    if (!state.descending) told.set("ascending", "yes");
    history.replaceState(null, "", "#" + told);
  }

  function recall() {
    if (location.hash.length < 2) return;
    const told = new URLSearchParams(location.hash.slice(1));
    for (const select of selects) {
      const value = told.get(select);
      state[select] = benchmarks.some((benchmark) => benchmark[select] === value) ? value : null;
    }
    repair(null);
    state.search = told.get("search") || "";
    state.family = models.some((model) => model.family === told.get("family")) ? told.get("family") : ALL;
    if (told.has("kinds")) state.kinds = KINDS.filter((kind) => told.get("kinds").split(" ").includes(kind));
    const column = benchmarks.findIndex((benchmark) => benchmark.name === told.get("sort"));
    state.sort = column >= 0 ? column : told.get("sort") === "model" ? "model" : "mean";
    state.descending = !told.has("ascending");
  }

  // ---- what people do -------------------------------------------------------------------------------------------

  function sortBy(key) {
    const value = key === "mean" || key === "model" ? key : Number(key);
    if (state.sort === value) state.descending = !state.descending;
    else Object.assign(state, { sort: value, descending: value !== "model" });
    state.page = 0;
    draw();
    const again = [...document.querySelectorAll("[data-sort]")].find((button) => button.dataset.sort === key);
    if (again) again.focus(); // the head was drawn anew
  }

  byId("scores").addEventListener("click", (event) => {
    const button = event.target.closest("[data-sort]");
    if (button) sortBy(button.dataset.sort);
  });
  for (const select of selects) {
    byId(select).addEventListener("change", (event) => {
      const box = event.target;
      state[select] = box.value === "*" ? null : box.values[Number(box.value)];
      repair(select);
      state.page = 0;
      fillSelects();
      draw();
    });
  }
  function onFilter(id, event, apply) {
    byId(id).addEventListener(event, () => {
      apply(byId(id));
      state.page = 0;
      draw();
    });
  }
  onFilter("search", "input", (box) => (state.search = box.value));
  onFilter("family", "change", (box) => (state.family = box.value));
  for (const box of document.getElementsByName("kind")) {
    box.addEventListener("change", () => {
      state.kinds = [...document.getElementsByName("kind")].filter((one) => one.checked).map((one) => one.value);
      state.page = 0;
      draw();
    });
  }
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    defaults();
    fillSelects();
    draw();
  });
  for (const [id, step] of [["previous", -1], ["next", 1]]) {
    byId(id).addEventListener("click", () => {
      state.page += step;
      draw();
      byId("scores").scrollIntoView({ block: "start" });
    });
  }

  defaults();
  recall();
  fillSelects();
  draw();
})();
