import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page, Response } from 'playwright-core';

const CHAT = 'https://chat.lab.test/';
const pictures = join('dist', 'e2e');

/** The password of one of the lab's users. Throws when there is no such user. */
export function passwordOf(user: string): string {
  const lines = readFileSync('.lab/secrets/users', 'utf8').split('\n');
  const password = lines.find((line) => line.startsWith(`${user} `))?.split(' ')[1];
  if (password === undefined) throw new Error(`the lab has no user ${user}`);
  return password;
}

/** The chat as a person has it: a form to log in, a list of models, a box to write into. */
export class ChatPage {
  /** What the server pushed to the page, oldest first: Open WebUI sends an answer's parts through its web socket. */
  private readonly pushed: string[] = [];

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => this.pushed.push(String(payload))),
    );
  }

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

  /** Asks, and resolves with the answer as the page shows it and with the parts in which it was sent. */
  async ask(text: string): Promise<{ answer: string; parts: string[] }> {
    this.pushed.length = 0;
    await this.question.fill(text);
    await this.page.keyboard.press('Enter');
    await this.page.getByRole('button', { name: 'Regenerate' }).waitFor();
    const answer = await this.page.getByRole('log').getByRole('listitem').last().innerText();
    const parts = this.pushed.flatMap((frame) => {
      const delta = /"delta":("(?:[^"\\]|\\.)*")/.exec(frame)?.[1];
      return delta === undefined ? [] : [JSON.parse(delta) as string];
    });
    return { answer, parts };
  }

  /** What the chat's own API says to this session; with a body it is a POST. */
  async api(path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const headers = { 'content-type': 'application/json' };
    const init = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) };
    const ask = `fetch('${path}', ${JSON.stringify(init)}).then(async (reply) => JSON.stringify({
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
