// The viewer's script, for a browser: shows cases by niivue, truth filled and predictions outlined over the image.

/** What the server has beside this script; no file of this folder, so that nobody else looks for it. */
const NIIVUE = "./niivue.js";
const { Niivue, NVImage, SHOW_RENDER, SLICE_TYPE } = await import(NIIVUE);

/** Views in the order in which "v" goes through them; `step` is the axis of which slices are stepped through. */
const VIEWS = [
  { name: "Slices", type: SLICE_TYPE.MULTIPLANAR, step: 2 },
  { name: "Axial", type: SLICE_TYPE.AXIAL, step: 2 },
  { name: "Coronal", type: SLICE_TYPE.CORONAL, step: 1 },
  { name: "Sagittal", type: SLICE_TYPE.SAGITTAL, step: 0 },
  { name: "3D", type: SLICE_TYPE.RENDER, step: 2 },
];
/** Opacity of what is filled; outlines are opaque. */
const FILL = 0.45;
/** Degrees by which a key turns the volume in 3D. */
const TURN = 10;

/** On images, which are dark whatever the page is: the palette's colours for dark pages. */
const [CROSSHAIR, LETTERS] = [[0.31, 0.77, 0.73, 0.8], [0.6, 0.64, 0.66, 1]];
/** Graphics that the processor computes; a volume in 3D takes seconds by them. */
const BY_SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

const element = (id) => document.getElementById(id);
const show = await (await fetch("show.json")).json();
const viewer = new Niivue({
  ...{ logLevel: "error", loadingText: "", dragAndDropEnabled: false, isResizeCanvas: true, show3Dcrosshair: true },
  ...{ isRadiologicalConvention: true, multiplanarPadPixels: 4, crosshairColor: CROSSHAIR, fontColor: LETTERS },
  ...{
    crosshairWidth: 0.4,
    crosshairWidthUnit: "percent",
    viewModeHotKey: "",
    clipPlaneHotKey: "",
    cycleClipPlaneHotKey: "",
    fontMinPx: 12,
  },
});
/** What is shown now; `overlays` are the volumes over the image, with what their files hold. */
const now = { number: -1, wanted: 0, isLoading: false, view: 0, isOutlined: true, overlays: [], structures: [] };

/** A style sheet's colour as three shares. */
function shares(variable) {
  const value = getComputedStyle(document.documentElement).getPropertyValue(variable).trim().replace("#", "");
  const long = value.length === 3 ? [...value].map((digit) => digit + digit).join("") : value;
  return [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16) / 255);
}

function takeScheme() {
  viewer.opts.backColor = [...shares("--card"), 1];
  viewer.drawScene();
}

/** Structures that a case holds and nobody has named are called by their value. */
function structureOf(value) {
  const found = now.structures.findIndex((one) => one.value === value);
  if (found >= 0) return found + 1;
  const colour = show.colours[now.structures.length % show.colours.length];
  return now.structures.push({ value, name: `label ${value}`, colour });
}

/** A label volume's voxels as places in the list of structures, from 1; 0 is background. */
function placesOf({ img, hdr }) {
  const slope = hdr.scl_slope || 1, intercept = hdr.scl_slope ? hdr.scl_inter : 0;
  const places = new Uint8Array(img.length), known = new Map();
  for (let i = 0; i < img.length; i++) {
    if (img[i] === 0 && intercept === 0) continue;
    let place = known.get(img[i]);
    if (place === undefined) {
      const value = Math.round(img[i] * slope + intercept);
      place = value === 0 || !Number.isFinite(value) ? 0 : structureOf(value);
      known.set(img[i], place);
    }
    places[i] = place;
  }
  return places;
}

/** The voxels that have another neighbour along some axis: what of a structure is its surface. */
function outlineOf(places, [, width, height, depth]) {
  const outline = new Uint8Array(places.length), plane = width * height;
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const own = places[i];
        if (own === 0) continue;
        const isInside = x > 0 && y > 0 && x < width - 1 && y < height - 1 && places[i - 1] === own &&
          places[i + 1] === own && places[i - width] === own && places[i + width] === own &&
          (z === 0 || places[i - plane] === own) && (z === depth - 1 || places[i + plane] === own);
        if (!isInside) outline[i] = own;
      }
    }
  }
  return outline;
}

/** The middle of the plane with most labelled voxels, as a voxel; undefined where nothing is labelled. */
function worthSeeing(places, [, width, height, depth]) {
  let best, most = 0;
  for (let z = 0; z < depth; z++) {
    let count = 0, sumX = 0, sumY = 0;
    for (let y = 0, i = z * width * height; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (places[i] !== 0) [count, sumX, sumY] = [count + 1, sumX + x, sumY + y];
      }
    }
    if (count > most) [most, best] = [count, [Math.round(sumX / count), Math.round(sumY / count), z]];
  }
  return best;
}

async function loadOverlay({ kind, name, url }) {
  const volume = await NVImage.loadFromUrl({ url, name: url.split("/").at(-1) });
  const places = placesOf(volume);
  volume.hdr.datatypeCode = 2; // a byte a voxel
  Object.assign(volume.hdr, { numBitsPerVoxel: 8, scl_slope: 1, scl_inter: 0 });
  volume.img = places;
  return { kind, name, volume, places, isShown: true };
}

/** Colours of the structures, background first and clear. */
function paintOverlay({ volume }) {
  const channel = (
    at,
  ) => [0, ...now.structures.map(({ colour }) => parseInt(colour.slice(1 + 2 * at, 3 + 2 * at), 16))];
  volume.setColormapLabel({ R: channel(0), G: channel(1), B: channel(2) });
  [volume.cal_min, volume.cal_max] = [0, now.structures.length];
}

/** Brings what is ticked, and how it is drawn, to the screen. */
function drawOverlays() {
  const hasTruth = now.overlays.some(({ kind, isShown }) => kind === "truth" && isShown);
  for (const overlay of now.overlays) {
    const isOutlined = overlay.kind === "prediction" && now.isOutlined && hasTruth;
    overlay.outline ??= isOutlined ? outlineOf(overlay.places, overlay.volume.hdr.dims) : undefined;
    overlay.volume.img = isOutlined ? overlay.outline : overlay.places;
    overlay.volume.opacity = overlay.isShown ? (isOutlined ? 1 : FILL) : 0;
  }
  viewer.updateGLVolume();
  for (const [i, { isShown }] of now.overlays.entries()) element(`overlay-${i}`).checked = isShown;
}

function toggle(number) {
  const overlay = now.overlays[number];
  if (overlay === undefined) return;
  overlay.isShown = !overlay.isShown;
  drawOverlays();
}

function listOverlays() {
  const predictions = now.overlays.filter(({ kind }) => kind === "prediction");
  element("overlays").replaceChildren(...now.overlays.map((overlay, i) => {
    const [label, box, key] = ["label", "input", "kbd"].map((name) => document.createElement(name));
    Object.assign(box, { type: "checkbox", id: `overlay-${i}`, checked: overlay.isShown });
    box.addEventListener("change", () => toggle(i));
    key.textContent = overlay.kind === "truth" ? "t" : String(predictions.indexOf(overlay) + 1);
    label.append(box, overlay.name, key);
    return label;
  }));
  if (now.overlays.length === 0) element("overlays").append("nothing");
  element("structures").replaceChildren(...now.structures.map(({ name, colour }) => {
    const [item, square] = ["li", "i"].map((kind) => document.createElement(kind));
    square.style.background = colour;
    item.append(square, name);
    return item;
  }));
  element("structures").parentElement.hidden = now.structures.length === 0 || now.overlays.length === 0;
}

function tell(text, isFailure = false) {
  element("state").textContent = text;
  element("state").classList.toggle("failed", isFailure);
}

/** Puts a case's volumes in the place of what is shown. */
async function load({ image, frame, overlays }) {
  now.structures = show.labels.map((label) => ({ ...label }));
  const background = await NVImage.loadFromUrl({ url: image, name: image.split("/").at(-1), colormap: "gray" });
  background.frame4D = Math.min(frame, (background.nFrame4D ?? 1) - 1);
  const loaded = [];
  for (const overlay of overlays) loaded.push(await loadOverlay(overlay));
  // of several predictions the first: two outlines in the same colours say nothing
  const first = loaded.find(({ kind }) => kind === "prediction");
  for (const one of loaded) one.isShown = one.kind === "truth" || one === first;
  clear();
  now.overlays = loaded;
  loaded.forEach(paintOverlay);
  for (const volume of [background, ...loaded.map((one) => one.volume)]) viewer.addVolume(volume);
  listOverlays();
  drawOverlays();
  const best = loaded.map(({ places, volume }) => worthSeeing(places, volume.hdr.dims)).find((place) => place);
  if (best) viewer.scene.crosshairPos = viewer.vox2frac(best);
  viewer.createOnLocationChange();
  viewer.drawScene();
}

function clear() {
  for (const volume of [...viewer.volumes].reverse()) viewer.removeVolume(volume);
  now.overlays = [];
  for (const id of ["place", "remarks"]) element(id).replaceChildren();
}

/** Shows a case; of those that are asked for while one loads, the last comes next. */
async function open(number) {
  const count = show.cases.length;
  now.wanted = (number + count) % count;
  element("cases").value = String(now.wanted);
  element("count").textContent = `${now.wanted + 1} of ${count}`;
  if (now.isLoading) return;
  now.isLoading = true;
  while (now.number !== now.wanted) {
    now.number = now.wanted;
    const { id, remarks, ...files } = show.cases[now.number];
    tell(`loading ${id} …`);
    try {
      await load(files);
      tell("");
      element("remarks").replaceChildren(...remarks.map((remark) => {
        const line = document.createElement("p");
        line.textContent = remark;
        return line;
      }));
    } catch (error) {
      clear();
      listOverlays();
      tell(`${id} cannot be shown: ${error.message}`, true);
    }
    document.body.dataset.shown = id;
  }
  now.isLoading = false;
}

function look(view) {
  now.view = view;
  viewer.setSliceType(VIEWS[view].type);
  [...element("views").children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === view)));
}

function step(slices) {
  const by = [0, 0, 0];
  by[VIEWS[now.view].step] = slices;
  viewer.moveCrosshairInVox(...by);
}

function turn(degrees) {
  viewer.setRenderAzimuthElevation(viewer.scene.renderAzimuth + degrees, viewer.scene.renderElevation);
}

const predictionAt = (place) =>
  now.overlays.indexOf(now.overlays.filter(({ kind }) => kind === "prediction")[place - 1]);
const KEYS = {
  n: () => open(now.wanted + 1),
  p: () => open(now.wanted - 1),
  v: () => look((now.view + 1) % VIEWS.length),
  t: () => toggle(now.overlays.findIndex(({ kind }) => kind === "truth")),
  o: () => {
    now.isOutlined = !now.isOutlined;
    drawOverlays();
  },
  ArrowUp: () => step(1),
  ArrowDown: () => step(-1),
  PageUp: () => step(10),
  PageDown: () => step(-10),
  ArrowLeft: () => turn(-TURN),
  ArrowRight: () => turn(TURN),
};

/** Keys are the page's, wherever the focus is, but for those that a list or a box needs itself; niivue gets none. */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isControl = event.target instanceof HTMLSelectElement && event.key.length > 1;
  const act = /^[1-9]$/.test(event.key) ? () => toggle(predictionAt(Number(event.key))) : KEYS[event.key];
  if (act === undefined || isControl) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.type === "keydown") act();
}

element("views").append(...VIEWS.map(({ name }, i) => {
  const button = document.createElement("button");
  button.textContent = name;
  button.addEventListener("click", () => look(i));
  return button;
}));
element("previous").addEventListener("click", () => KEYS.p());
element("next").addEventListener("click", () => KEYS.n());
element("cases").addEventListener("change", ({ target }) => open(Number(target.value)));
for (const type of ["keydown", "keyup"]) document.addEventListener(type, onKey, { capture: true });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", takeScheme);
viewer.onLocationChange = ({ vox, mm }) => {
  const places = Array.from(vox, Math.round).slice(0, 3);
  element("place").textContent = `voxel ${places.join(", ")} · ${Array.from(mm, Math.round).slice(0, 3).join(", ")} mm`;
};

try {
  await viewer.attachToCanvas(element("volume"));
  const { gl } = viewer, { UNMASKED_RENDERER_WEBGL: name } = gl.getExtension("WEBGL_debug_renderer_info") ?? gl;
  const isSlow = BY_SOFTWARE.test(gl.getParameter(name ?? gl.RENDERER));
  viewer.opts.multiplanarShowRender = isSlow ? SHOW_RENDER.NEVER : SHOW_RENDER.ALWAYS;
  look(0);
  takeScheme();
  await open(0);
} catch (error) {
  tell(`the viewer cannot start: ${error.message}; it needs WebGL 2`, true);
}
