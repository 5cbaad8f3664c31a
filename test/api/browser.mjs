// What a browser makes of the front: a page hears of a hold, and the documentation works, without asking anybody else.
//
//   node browser.mjs ADDRESS SLOT_ID TOKEN FOLDER
//
// ADDRESS is the front's, TOKEN a user's who may hold seats of the slot, FOLDER an empty one for the browser's profile.
// Prints one line of JSON for each test: {"name", "passed", "why"}. Its exit status says only whether it came to its end.
import { chromium } from "../../build/npm-test/node_modules/playwright-core/index.mjs";

const [address, slotId, token, folder] = process.argv.slice(2);
const patience_ms = 20000;
const soon_ms = 500;

function report(name, passed, why = "") {
  console.log(JSON.stringify({ name, passed, why: passed ? "" : String(why) }));
}

// Nothing beyond this machine can be reached: whoever tries is noticed, and fails.
async function startBrowser() {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    chromiumSandbox: false,
    args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
  context.setDefaultTimeout(patience_ms);
  return context;
}

// A page, and what it asks for and complains about from its beginning on.
async function openPage(context, path) {
  const page = await context.newPage();
  const seen = { requests: [], complaints: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("requestfailed", (request) => seen.complaints.push(`${request.url()}: ${request.failure().errorText}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`violates ${event.violatedDirective}: ${event.blockedURI}`));
  });
  const answer = await page.goto(address + path);
  return { page, seen, answer };
}

// Runs in the page: listens, holds a seat, and returns how long after the answer the seat was told of, and how.
async function holdAndHear({ slotId, token, seatId, patience_ms }) {
  const source = new EventSource(`/v1/live/slots/${slotId}`);
  await new Promise((resolve, reject) => { source.onopen = resolve; source.onerror = () => reject(new Error("no stream")); });
  await new Promise((resolve) => setTimeout(resolve, 300)); // subscribing takes effect a moment after the answer
  const heard = new Promise((resolve, reject) => {
    source.onmessage = (event) => JSON.parse(event.data).seats.some((seat) => seat.seat_id === seatId)
      && resolve({ at: performance.now(), text: event.data });
    setTimeout(() => reject(new Error("nothing was heard")), patience_ms);
  });
  const answer = await fetch(`/v1/slots/${slotId}/holds`, {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ seat_ids: [seatId] }),
  });
  await answer.json();
  const answered = performance.now();
  const message = await heard;
  source.close();
  return { status: answer.status, text: message.text, delay_ms: message.at - answered };
}

async function testLive(context, path, seats) {
  const { page } = await openPage(context, path);
  const delays = [];
  for (const seatId of seats) {
    const result = await page.evaluate(holdAndHear, { slotId, token, seatId, patience_ms });
    const expected = `{"slot_id":${slotId},"seats":[{"seat_id":${seatId},"status":"held"}]}`;
    report(`${path}: the page holds seat ${seatId} and hears of it`, result.status === 201 && result.text === expected,
      `${result.status} ${result.text}`);
    delays.push(Math.max(0, Math.round(result.delay_ms)));
  }
  report(`${path}: each within ${soon_ms} ms of the answer (${delays.join(", ")})`, delays.every((delay) => delay < soon_ms), delays);
  await page.close();
}

// Every operation of the document is on the page, each section opened.
async function testOperations(page) {
  await page.locator(".opblock").first().waitFor();
  const document = await page.evaluate(async () => (await fetch("/openapi.json")).json());
  const methods = ["get", "post", "patch", "delete", "put"];
  const expected = Object.entries(document.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`));
  const shown = await page.locator(".opblock-summary").evaluateAll((summaries) => summaries.map((summary) =>
    `${summary.querySelector(".opblock-summary-method").textContent} ${summary.querySelector(".opblock-summary-path").dataset.path}`));
  report(`/docs shows the title and all ${expected.length} operations`,
    expected.length > 20 && JSON.stringify(shown.sort()) === JSON.stringify(expected.sort())
      && (await page.locator(".info .title").innerText()).startsWith(document.info.title), shown.join(", "));
}

// "Try it out" of one operation, as a reader would do it.
async function testTryItOut(page) {
  const operation = page.locator(".opblock").filter({ has: page.locator('.opblock-summary-path[data-path="/v1/events"]') })
    .filter({ has: page.locator(".opblock-summary-method", { hasText: "GET" }) });
  await operation.locator(".opblock-summary-control").click();
  await operation.locator(".try-out__btn").click();
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === "/v1/events");
  await operation.locator(".execute").click();
  const answer = await answered;
  const status = await operation.locator(".live-responses-table .response .response-col_status").first().innerText();
  const body = await operation.locator(".live-responses-table .highlight-code, .live-responses-table .microlight").first().innerText();
  const { items } = await answer.json();
  report('"Try it out" of GET /v1/events shows the answer',
    answer.status() === 200 && status.startsWith("200") && items.length > 0 && body.includes(items[0].title), `${status} ${body}`);
}

async function testDocumentation(context) {
  const { page, seen, answer } = await openPage(context, "/docs");
  report("/docs has a policy for its content", /default-src 'none'/.test(answer.headers()["content-security-policy"]));
  await testOperations(page);
  await testTryItOut(page);
  const strangers = seen.requests.filter((url) => !url.startsWith(`${address}/`) && !url.startsWith("data:"));
  report(`/docs asks nobody else (${seen.requests.length} requests)`, strangers.length === 0, strangers);
  report("/docs has nothing to complain about", seen.complaints.length === 0, seen.complaints.join("\n"));
  await page.close();
}

const context = await startBrowser();
await testLive(context, "/livez", [1, 2, 3]);
await testLive(context, "/docs", [4, 5, 6]);
await testDocumentation(context);
await context.close();
