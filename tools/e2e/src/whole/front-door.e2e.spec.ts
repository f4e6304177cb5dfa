import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import type { Browser } from 'playwright-core';
import { VLLM_SENTENCE } from '../../../lab/models/hub';
import { OLLAMA_SENTENCE } from '../../../lab/models/library';
import { ChatPage } from '../chat-page';
import { Chromium } from '../chromium';
import { onHost, stack } from '../lab';

jest.setTimeout(300_000);

const net = () => readFileSync('.lab/net', 'utf8').trim();
const chromium = new Chromium();
let browser: Browser;

beforeAll(async () => {
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  browser = await chromium.open({ nameserver: `${net()}.11`, authority: '.lab/tls/ca.pem' });
});
afterAll(() => chromium.close());

const openBrowser = async () =>
  ChatPage.of(await browser.newContext({ viewport: { width: 1024, height: 600 } }));

/** A picture shows where it failed. */
async function pictured(chat: ChatPage, does: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await chat.picture(`failed-${does}`);
    throw error;
  }
}
/** Does something with a browser that nobody has used. */
async function visit(does: string, act: (chat: ChatPage) => Promise<void>): Promise<void> {
  const chat = await openBrowser();
  try {
    await pictured(chat, does, () => act(chat));
  } finally {
    await chat.context.close();
  }
}

/** The texts of all documents in Qdrant, by its own client and with the key that the host keeps. */
async function documents(): Promise<{ text: unknown; dimensions: number }[]> {
  const env = await onHost('management', 'cat', '/opt/stacks/ai/qdrant/.env');
  const apiKey = /^QDRANT_API_KEY='?([^'\n]+)/m.exec(env)?.[1];
  const client = new QdrantClient({
    url: `http://${net()}.12:6333`,
    apiKey,
    checkCompatibility: false,
  });
  const { collections } = await client.getCollections();
  const pages = await Promise.all(
    collections.map(({ name }) =>
      client.scroll(name, { limit: 1000, with_payload: true, with_vector: true }),
    ),
  );
  return pages
    .flatMap(({ points }) => points)
    .map(({ payload, vector }) => ({
      text: payload?.text,
      dimensions: Array.isArray(vector) ? vector.length : 0,
    }));
}

// Each browser that loads the whole chat costs ten seconds of a processor: one person does all this, one thing after the other.
describe('the front door', () => {
  let chat: ChatPage;
  beforeAll(async () => {
    chat = await openBrowser();
  });
  afterAll(() => chat.context.close());

  it('leads to the login, back through forward-auth and OIDC, and to a streamed answer of Ollama', () =>
    pictured(chat, 'ollama', async () => {
      expect((await chat.open()).host).toBe('auth.lab.test');
      await chat.picture('1-login');
      await chat.logIn('alice');
      await chat.waitReady();
      expect(chat.page.url()).toBe('https://chat.lab.test/');
      await chat.picture('2-chat');
      await chat.choose('qwen2.5-coder');
      const { answer, parts } = await chat.ask('Who computed this answer?');
      expect(answer).toContain(OLLAMA_SENTENCE);
      // It came word by word, not at once.
      expect(parts.join('')).toContain(OLLAMA_SENTENCE);
      expect(parts.length).toBeGreaterThan(5);
      await chat.picture('3-answer');
    }));

  it('leads to an answer of vLLM', () =>
    pictured(chat, 'vllm', async () => {
      await chat.startAnew();
      await chat.choose('qwen2.5-7b-instruct');
      const { answer } = await chat.ask('Who computed this answer?');
      expect(answer).toContain(VLLM_SENTENCE);
      await chat.picture('4-answer-vllm');
    }));

  it('takes a document, whose vectors land in Qdrant, and answers with it as a source', () =>
    pictured(chat, 'document', async () => {
      await chat.startAnew();
      const fact = `The key of cellar ${Date.now()} hangs behind the third barrel.`;
      await chat.attach('cellar.md', fact);
      const { answer } = await chat.ask('Where does the key of the cellar hang?');
      expect(answer).toContain('1 Source');
      await chat.picture('5-document');
      const stored = (await documents()).filter(({ text }) => String(text).includes(fact));
      expect(stored).toEqual([{ text: expect.any(String), dimensions: 768 }]);
    }));

  const roleOf = async (visitor: ChatPage, email: string, role: string) =>
    expect(await visitor.api('/api/v1/auths/')).toMatchObject({
      status: 200,
      body: { role, email },
    });
  it('gives alice the role user, as the groups say', () => roleOf(chat, 'alice@lab.test', 'user'));

  it('gives carol the role admin, as the groups say', () =>
    visit('role-carol', async (visitor) => {
      await visitor.open();
      await visitor.logIn('carol');
      await visitor.waitReady();
      await roleOf(visitor, 'carol@lab.test', 'admin');
    }));

  it('offers the chat models of the inventory to a person who is not an administrator', async () => {
    const { body } = await chat.api('/api/models');
    const ids = (body as { data: { id: string }[] }).data.map(({ id }) => id).sort();
    expect(ids).toEqual(['qwen2.5-7b-instruct', 'qwen2.5-coder']);
  });

  it("a token that is not the chat's gets nothing from its API, in a session of the provider", async () => {
    const url = 'https://chat.lab.test';
    await chat.context.addCookies([{ name: 'token', value: 'e30.e30.e30', url }]);
    expect(await chat.api('/api/v1/auths/')).toMatchObject({ status: 401 });
  });

  it("a session that only the chat has forgotten comes back without a form, by the provider's", () =>
    pictured(chat, 'forgotten', async () => {
      await chat.context.clearCookies({ name: 'token' });
      await chat.page.evaluate('localStorage.clear()');
      await chat.open();
      await chat.waitReady();
      expect(await chat.api('/api/v1/auths/')).toMatchObject({ status: 200 });
    }));

  it('a session that has ended everywhere has to log in again', () =>
    pictured(chat, 'expired', async () => {
      await chat.context.clearCookies();
      expect((await chat.open()).host).toBe('auth.lab.test');
      await chat.page.getByLabel('Password').waitFor();
    }));
});

describe('who is refused at the front door', () => {
  it('a wrong password stays at the form, which says so', () =>
    visit('password', async (chat) => {
      await chat.open();
      const answer = await chat.logIn('alice', 'not her password');
      expect([answer.status(), new URL(chat.page.url()).host]).toEqual([401, 'auth.lab.test']);
      await chat.page.getByText('Invalid username or password').waitFor();
      await chat.picture('6-wrong-password');
      expect((await chat.open()).host).toBe('auth.lab.test');
    }));

  it('a user without the group is denied by the provider, and the chat stays closed', () =>
    visit('group', async (chat) => {
      await chat.open();
      expect((await chat.logIn('bob')).status()).toBe(403);
      await chat.page.getByText('Request has been denied.').waitFor();
      await chat.picture('7-no-group');
      expect((await chat.open()).host).toBe('auth.lab.test');
    }));
});
