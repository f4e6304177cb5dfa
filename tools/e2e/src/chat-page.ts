import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page, Response } from 'playwright-core';

const CHAT = 'https://chat.lab.test/';
const pictures = join('dist', 'e2e');
// What the page shows of the last answer while it comes: a text for each change that the browser sees.
const watchAnswer = `window.shown = [];
new MutationObserver(() => {
  const [text] = [...document.querySelectorAll('[role=log] > :last-child')].map((item) => item.innerText);
  if (text !== undefined && text !== window.shown.at(-1)) window.shown.push(text);
}).observe(document.body, { subtree: true, childList: true, characterData: true });`;

/** The password of one of the lab's users. Throws when there is no such user. */
export function passwordOf(user: string): string {
  const lines = readFileSync('.lab/secrets/users', 'utf8').split('\n');
  const password = lines.find((line) => line.startsWith(`${user} `))?.split(' ')[1];
  if (password === undefined) throw new Error(`the lab has no user ${user}`);
  return password;
}

/** The chat as a person has it: a form to log in, a list of models, a box to write into. */
export class ChatPage {
  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {}

  static async of(context: BrowserContext): Promise<ChatPage> {
    context.setDefaultTimeout(60_000);
    return new ChatPage(await context.newPage(), context);
  }

  /** Opens the chat's address; resolves with where that ended. */
  async open(): Promise<URL> {
    await this.page.goto(CHAT);
    return new URL(this.page.url());
  }

  /** Fills in the provider's form; resolves with what the provider answered. */
  async logIn(user: string, password = passwordOf(user)): Promise<Response> {
    await this.page.getByLabel('Username').fill(user);
    await this.page.getByLabel('Password').fill(password);
    const answered = this.page.waitForResponse(
      (response) => response.request().method() === 'POST',
    );
    await this.page.getByRole('button', { name: 'Log in' }).click();
    return answered;
  }

  /** Waits until a question can be asked. */
  async waitReady(): Promise<void> {
    await this.question.waitFor();
  }

  async choose(model: string): Promise<void> {
    await this.page.getByRole('button', { name: /^Selected model/ }).click();
    await this.page.getByRole('option', { name: `Select ${model} model` }).click();
    await this.page.getByRole('button', { name: `Selected model: ${model}` }).waitFor();
  }

  async startAnew(): Promise<void> {
    await this.page.getByRole('link', { name: 'New Chat' }).first().click();
    await this.page.getByRole('log').waitFor({ state: 'detached' });
    await this.waitReady();
  }

  /** Attaches a text file and waits until Open WebUI has read it: only then it lets the message go. */
  async attach(name: string, text: string): Promise<void> {
    const chosen = this.page.waitForEvent('filechooser');
    await this.page.getByRole('button', { name: 'More', exact: true }).click();
    await this.page.getByRole('menuitem', { name: 'Upload Files' }).click();
    const stored = this.page.waitForResponse(
      (response) => response.url().includes('/process/status') && response.ok(),
    );
    const file = { name, mimeType: 'text/markdown', buffer: Buffer.from(text) };
    await (await chosen).setFiles(file);
    await (await stored).finished();
    await this.page.getByRole('button', { name: new RegExp(`^${name}`) }).waitFor();
  }

  /** Asks, and resolves with the whole answer and every part of it that was shown before it was whole. */
  async ask(text: string): Promise<{ answer: string; parts: string[] }> {
    await this.page.evaluate(watchAnswer);
    await this.question.fill(text);
    await this.page.keyboard.press('Enter');
    await this.page.getByRole('button', { name: 'Regenerate' }).waitFor();
    const answer = await this.page.getByRole('log').getByRole('listitem').last().innerText();
    const parts = JSON.parse(await this.page.evaluate<string>('JSON.stringify(shown)')) as string[];
    return { answer, parts };
  }

  /** What the chat's own API says to this session. */
  async api(path: string): Promise<{ status: number; body: unknown }> {
    const ask = `fetch('${path}').then(async (reply) => JSON.stringify({
      status: reply.status, body: await reply.json().catch(() => undefined) }))`;
    return JSON.parse(await this.page.evaluate(ask)) as { status: number; body: unknown };
  }

  /** Keeps a picture of the page, as `dist/e2e/<name>.png`. */
  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  private get question() {
    return this.page.getByRole('textbox', { name: /How can I help|Send a Message/ });
  }
}
