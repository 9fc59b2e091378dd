/**
 * The page in a real browser. CHROMIUM_PATH names it (default /usr/bin/chromium); where there is none the suite is
 * skipped with a line that says so, unless COUNTERFOIL_TEST_REQUIRE names `chromium`: then that is a failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../src/api/loopback.ts';
import { SHELL_INCIDENT, story } from '../conformance/incident-documents.ts';
import { openFixture, type Fixture } from '../api/fixture.ts';
import { doorwayFor, NAMED_KEYS } from '../api/key-ring.ts';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const required = (process.env['COUNTERFOIL_TEST_REQUIRE'] ?? '').split(',').includes('chromium');
const missing = !existsSync(executablePath);
if (missing && !required) {
  process.stderr.write(
    `skipped: the page in a browser, because there is no ${executablePath} (set CHROMIUM_PATH)\n`,
  );
}

const ARGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const AS_OF = 'as_of=2026-03-10T14:05:00Z';

const POOR_CONTRAST = readFileSync(new URL('poor-contrast.js', import.meta.url), 'utf8');

/** Code that runs in the page is text here: this program has no document. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  const shown = element.matches('input[type=radio]') ? element.nextElementSibling : element;
  return {
    name: element.id || element.getAttribute('name') || element.getAttribute('role') || element.textContent.trim(),
    outline: getComputedStyle(shown).outlineStyle,
  };
})()`;

const INJECT = `(() => {
  try {
    const script = document.createElement('script');
    script.textContent = "document.title='owned'";
    document.body.append(script);
  } catch {
    return 'refused';
  }
  return document.title;
})()`;

const MARKUP = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
const HOSTILE_ID = `"><svg/onload=document.title='owned'>' javascript:alert(1)`;

describe.skipIf(missing && !required)('the page', () => {
  let browser: Browser;
  let api: Fixture;
  let hostile: Fixture;
  let address: string;
  let hostileAddress: string;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ARGS });
    api = await openFixture();
    address = await listenOnLoopback(api.app, { port: 0 });
    hostile = await openFixture(
      story({
        pod: MARKUP,
        rule: MARKUP,
        paymentId: HOSTILE_ID,
        title: `${MARKUP}\u202Egnp.exe`,
        why: MARKUP,
      }),
    );
    hostileAddress = await listenOnLoopback(hostile.app, { port: 0 });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await api?.close();
    await hostile?.close();
  });

  interface Visit {
    page: Page;
    /** Whatever the browser complained of: errors, refused scripts, requests to elsewhere. */
    complaints: string[];
  }

  async function visit(
    url: string,
    test: (visit: Visit) => Promise<void>,
    options: BrowserContextOptions = {},
  ) {
    const context = await browser.newContext({ timezoneId: 'Europe/Berlin', ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      const refused = message
        .text()
        .startsWith('Failed to load resource: the server responded with a status of 4');
      if (message.type() === 'error' && !refused) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!/^http:\/\/127\.0\.0\.1:|^data:/.test(request.url())) complaints.push(`asked ${request.url()}`);
    });
    try {
      await page.goto(url);
      await settled(page);
      await test({ page, complaints });
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const settled = (page: Page) => page.waitForSelector('main:not([aria-busy]) h1');
  const heading = (page: Page) => page.locator('main h1').innerText();
  const answer = (page: Page) => page.locator('section.answer').innerText();

  it('lists recent incidents on the empty page, newest first, each a link', async () => {
    await visit(address, async ({ page }) => {
      expect(await heading(page)).toBe('Recent incidents');
      const rows = await page.locator('tbody tr').allInnerTexts();
      expect(rows).toHaveLength(2);
      expect(rows[0]).toContain('Service account token read');
      expect(rows[1]).toContain('49,250.50 EUR');
      await page.getByRole('link', { name: 'Terminal shell in container ledger' }).click();
      await page.waitForSelector('article.incident');
      expect(new URL(page.url()).searchParams.get('incident')).toBe(SHELL_INCIDENT);
      expect(await heading(page)).toBe('Terminal shell in container ledger');
    });
  });

  it('answers a search in words: how many events, how sure, what can be stopped until when', async () => {
    await visit(`${address}/?${AS_OF}`, async ({ page }) => {
      await page.getByRole('textbox', { name: 'Payment' }).fill(' E2E-1 ');
      await page.keyboard.press('Enter');
      await page.waitForSelector('section.answer.linked');
      expect(await heading(page)).toBe('Payment p1 met 2 security events.');
      const words = await answer(page);
      expect(words).toContain('90 % by the same container at the same time');
      expect(words).toContain('48,000.00 EUR can still be stopped by cancel until 2026-03-10 15:30:00 UTC');
      expect(words).toContain('2026-03-10 16:30:00 +01:00 local');
      expect(words).toContain('1 h 25 min left');
      expect(new URL(page.url()).searchParams.get('payment')).toBe('E2E-1');
      expect(await page.title()).toContain('Payment p1');
    });
  });

  it('shows the incident under the answer: money, deadlines, payments, events', async () => {
    await visit(`${address}/?payment=p1&${AS_OF}`, async ({ page }) => {
      const cells = (name: string) =>
        page.getByRole('table', { name, exact: true }).locator('tbody tr').allInnerTexts();
      const [money] = await cells('Money by currency');
      expect(money?.split(/\s+/)).toEqual(
        expect.arrayContaining(['EUR', '49,250.50', '48,000.00', '1,250.50']),
      );
      const board = await cells('Deadline board');
      expect(board[0]).toMatch(/^1 h 25 min\s+2026-03-10 15:30:00 UTC\s+48,000\.00 EUR\s+1\s+cancel/);
      expect(await cells('Payments of the incident')).toHaveLength(3);
      expect((await cells('Payments of the incident'))[2]).toContain('weak');
      expect(await cells('Security events of the incident')).toHaveLength(2);
    });
  });

  it.each([
    ['p5', 'No security event met payment p5.', 'Its 3 spans name pods, and no event met them.'],
    [
      'p6',
      'It is not known whether a security event met payment p6.',
      'No trace carries an id of this payment.',
    ],
    ['nobody', 'No payment has the id nobody.', 'No payment has this id'],
    ['p0', 'Payment p1 met 2 security events.', 'p0 was replaced: this payment is now p1.'],
    ['p2', 'Payment p2 met 1 security event.', 'cannot be stopped or recalled any more'],
    ['order-7', 'order-7 names 2 payments.', 'Choose the one that is meant.'],
  ])('says of %s: %s', async (id, title, words) => {
    await visit(`${address}/?payment=${id}`, async ({ page }) => {
      expect(await heading(page)).toBe(title);
      expect(await answer(page)).toContain(words);
    });
  });

  it('answers as of another time, and says what is wrong with one that is none', async () => {
    await visit(`${address}/?payment=p1`, async ({ page }) => {
      const asOf = page.getByRole('textbox', { name: 'As of' });
      await asOf.fill('2026-03-10 15:30');
      await asOf.press('Enter');
      await page.waitForURL(/as_of=2026-03-10T15%3A30%3A00Z/);
      await settled(page);
      expect(await answer(page)).toContain('can only be recalled, if the other side agrees');
      expect(await asOf.inputValue()).toBe('2026-03-10 15:30');
      await asOf.fill('tomorrow');
      await asOf.press('Enter');
      await page.waitForURL(/as_of=tomorrow/);
      await settled(page);
      expect(await answer(page)).toContain('as_of is no RFC 3339 date-time');
    });
  });

  it('leads from a candidate to its answer, and back', async () => {
    await visit(`${address}/?payment=order-7`, async ({ page }) => {
      await page.getByRole('link', { name: 'p2' }).click();
      await page.waitForSelector('section.answer.linked');
      expect(await heading(page)).toContain('Payment p2');
      await page.goBack();
      await page.waitForSelector('section.answer.not_known');
      expect(await heading(page)).toBe('order-7 names 2 payments.');
      expect(await page.getByRole('textbox', { name: 'Payment' }).inputValue()).toBe('order-7');
    });
  });

  it('is used by keyboard alone, and says where the focus is', async () => {
    await visit(address, async ({ page }) => {
      const focused = () => page.evaluate<{ name: string; outline: string }>(FOCUSED);
      const reached: string[] = [];
      for (let i = 0; i < 9; i += 1) {
        await page.keyboard.press('Tab');
        const { name, outline } = await focused();
        expect([name, outline]).toEqual([name, 'solid']);
        reached.push(name);
      }
      expect(reached).toEqual([
        'Skip to the answer',
        'Counterfoil',
        'payment',
        'as-of',
        'Look up',
        'zone',
        'region',
        'Service account token read',
        'Terminal shell in container ledger',
      ]);
      await page.keyboard.press('Enter');
      await page.waitForSelector('article.incident');
      expect((await focused()).name).toBe('Terminal shell in container ledger');
    });
  });

  it('rewrites every time when the zone is switched, and remembers it', async () => {
    await visit(`${address}/?payment=p5&${AS_OF}`, async ({ page }) => {
      expect(await page.locator('dl time').first().innerText()).toBe('2026-03-10 14:00:02 UTC');
      await page.getByRole('radio', { name: 'Local' }).check();
      expect(await page.locator('dl time').first().innerText()).toBe('2026-03-10 15:00:02 +01:00');
      await page.reload();
      await settled(page);
      expect(await page.locator('dl time').first().innerText()).toBe('2026-03-10 15:00:02 +01:00');
    });
  });

  it('shows hostile text as text, everywhere', async () => {
    const path = `${hostileAddress}/?payment=${encodeURIComponent(HOSTILE_ID)}&${AS_OF}`;
    await visit(path, async ({ page }) => {
      expect(await heading(page)).toBe(`Payment ${HOSTILE_ID} met 2 security events.`);
      const text = await page.locator('main').innerText();
      expect(text.split(MARKUP).length).toBeGreaterThan(6);
      expect(await page.title()).not.toBe('owned');
      expect(await page.locator('main img, main script, main [onload], main [onerror]').count()).toBe(0);
      expect(await page.locator('a[href^="javascript:"]').count()).toBe(0);
      await page.locator('article.incident h2 a').click();
      await page.waitForSelector('article.incident h1');
      expect(await heading(page)).toBe(`${MARKUP}⟨U+202E⟩gnp.exe`);
      await page.getByRole('link', { name: HOSTILE_ID }).click();
      await page.waitForSelector('section.answer.linked');
      expect(new URL(page.url()).searchParams.get('payment')).toBe(HOSTILE_ID);
    });
  });

  it('asks for a key where one is needed, keeps it for the tab, and forgets it [A6]', async () => {
    const keyed = await openFixture(undefined, { doorway: doorwayFor(NAMED_KEYS) });
    const url = await listenOnLoopback(keyed.app, { port: 0 });
    const use = async (page: Page, key: string): Promise<void> => {
      await page.getByLabel('API key').fill(key);
      await page.keyboard.press('Enter');
      await settled(page);
    };
    await visit(`${url}/?payment=p5`, async ({ page }) => {
      expect(await heading(page)).toBe('This server asks for an API key.');
      expect(await page.getByRole('button', { name: 'Forget the key' }).count()).toBe(0);
      expect(await page.evaluate(POOR_CONTRAST)).toEqual([]);
      await use(page, 'not a key');
      expect(await answer(page)).toContain('That is no key');
      await use(page, 'nobody');
      await page.getByText('is not known here').waitFor();
      await use(page, 'intake');
      await page.getByText('may not read').waitFor();
      await use(page, ' read ');
      await page.getByText('No security event met payment p5.').first().waitFor();
      expect(page.url()).toBe(`${url}/?payment=p5`);
      await page.reload();
      await settled(page);
      expect(await heading(page)).toBe('No security event met payment p5.');
      expect(await page.evaluate('[localStorage.getItem("api-key"), document.cookie]')).toEqual([null, '']);
      await page.getByRole('button', { name: 'Forget the key' }).click();
      await page.getByRole('heading', { name: 'This server asks for an API key.' }).waitFor();
      expect(await page.evaluate('sessionStorage.length')).toBe(0);
    });
    await keyed.close();
  });

  it('refuses script that got into the page some other way', async () => {
    await visit(address, async ({ page, complaints }) => {
      const done = await page.evaluate<string>(INJECT);
      expect(done).not.toBe('owned');
      // The browser reports what it refused: here that is the proof, not a complaint.
      expect(complaints.splice(0).join('\n')).toMatch(/Content Security Policy|TrustedScript/);
    });
  });

  it.each([320, 1280])('needs no sideways scrolling at %i px', async (width) => {
    for (const path of ['/', `/?payment=p1&${AS_OF}`, '/?payment=order-7']) {
      await visit(
        address + path,
        async ({ page }) => {
          const wide = await page.evaluate<number>(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          expect([path, wide]).toEqual([path, 0]);
        },
        { viewport: { width, height: 800 } },
      );
    }
  });

  it.each(['light', 'dark'] as const)('has enough contrast in every text when %s', async (colorScheme) => {
    await visit(
      `${address}/?payment=p1&${AS_OF}`,
      async ({ page }) => {
        expect(await page.evaluate(POOR_CONTRAST)).toEqual([]);
      },
      { colorScheme },
    );
  });
});
