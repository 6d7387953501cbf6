// The main job in Firefox, which Debian's Playwright cannot drive; over WebDriver BiDi. Prints what happened as JSON.
// node tests/browser/firefox.mjs NODE_MODULES FIREFOX URL PHOTO
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, executablePath, url, photo] = process.argv.slice(2);
const puppeteer = createRequire(join(modules, "x.js"))("puppeteer-core");
const seen = { problems: [], elsewhere: [], kept: [], decoded: 0 };
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, timeout: 240_000 });
seen.version = await browser.version();
const page = await browser.newPage();
page.setDefaultTimeout(120_000);
await page.setViewport({ width: 1280, height: 800 });
page.on("pageerror", (error) => seen.problems.push(String(error)));
page.on("console", (message) => {
  if (["error", "warn"].includes(message.type())) seen.problems.push(`${message.type()}: ${message.text()}`);
});
page.on("request", (request) => {
  if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) seen.elsewhere.push(request.url());
  if (request.url().endsWith("/decode")) seen.decoded += 1;
});

const stage = (name, value) =>
  page.waitForFunction(
    (name, value) => document.querySelector("[data-picture]")?.dataset[name] === value,
    {},
    name,
    value,
  );
const press = async (key, ...held) => {
  for (const one of held) await page.keyboard.down(one);
  await page.keyboard.press(key);
  for (const one of held.reverse()) await page.keyboard.up(one);
};
const place = async (x, y) => {
  const canvas = await page.$eval(".ss-canvas", (node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return { left, top, width, height };
  });
  return [canvas.left + canvas.width * x, canvas.top + canvas.height * y];
};
const areas = () =>
  page.$$eval(".ss-object", (rows) => rows.map((row) => [row.textContent.trim(), row.classList.length > 0]));

try {
  await page.goto(url);
  await page.waitForSelector(".ss-empty-card");
  await (await page.$("input[type=file]")).uploadFile(photo);
  await page.waitForFunction(() => document.querySelector("[data-picture]")?.dataset.picture);
  await stage("decoder", "ready");
  await page.mouse.click(...(await place(0.45, 0.5)));
  await stage("points", "1");
  await stage("mask", "1");
  await press("z", "Control");
  await stage("points", "0");
  await press("y", "Control");
  await stage("points", "1");
  await stage("mask", "1");
  await stage("pending", "0");
  await page.keyboard.press("Enter");
  await stage("objects", "1");
  await page.mouse.move(...(await place(0.3, 0.3)));
  await page.mouse.down();
  await page.mouse.move(...(await place(0.5, 0.55)), { steps: 4 });
  await page.mouse.up();
  await stage("box", "1");
  await stage("mask", "1");
  await stage("pending", "0");
  await page.keyboard.press("Enter");
  await stage("objects", "2");
  seen.engine = await page.$eval("[data-picture]", (node) => node.dataset.engine);
  seen.objects = await areas();
  // A reload is the same photo with the same objects.
  await page.reload();
  await stage("objects", "2");
  seen.again = await areas();
} catch (error) {
  seen.failed = String(error);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
