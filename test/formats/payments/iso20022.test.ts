import { describe, expect, test } from 'vitest';
import { decodeIso20022, isIso20022 } from '../../../src/formats/payments/iso20022.ts';
import type { PaymentEvent } from '../../../src/model/payment.ts';
import { fixture, jsonOf, micros, only, PLACE } from '../format-context.ts';
import { PAYMENT_CONTEXT, paymentReadingOf } from '../payment-context.ts';

const sample = (name: string): string => fixture(`iso20022/${name}.xml`);
const decode = (text: unknown, context = PAYMENT_CONTEXT) => decodeIso20022(text, PLACE, context);
const one = (text: string): PaymentEvent => only(decode(text).items);
const reasons = (text: unknown): string[] => decode(text).refused.map(({ reason }) => reason);

interface Transfer {
  ids?: string;
  amount?: string;
  more?: string;
  header?: string;
}
const TX_ID = '20260310BANKDEFFXXXX0001';
const transfer = ({
  ids = `<TxId>${TX_ID}</TxId>`,
  amount = '<IntrBkSttlmAmt Ccy="EUR">48000.00</IntrBkSttlmAmt>',
  more = '',
}: Transfer): string => `<CdtTrfTxInf><PmtId>${ids}</PmtId>${amount}${more}</CdtTrfTxInf>`;
const pacs008 = (parts: Transfer, ...others: string[]): string =>
  `<FIToFICstmrCdtTrf><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-10T14:00:02Z</CreDtTm>${parts.header ?? ''}</GrpHdr>${transfer(parts)}${others.join('')}</FIToFICstmrCdtTrf>`;
const document = (message: string, version = 'pacs.008.001.08'): string =>
  `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${version}">${message}</Document>`;
const report = (group: string, ...transactions: string[]): string =>
  document(
    `<FIToFIPmtStsRpt><GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-03-10T14:05:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId>${group}</OrgnlGrpInfAndSts>${transactions.join('')}</FIToFIPmtStsRpt>`,
    'pacs.002.001.10',
  );
const told = (id: string, status = ''): string =>
  `<TxInfAndSts><OrgnlTxId>${id}</OrgnlTxId>${status === '' ? '' : `<TxSts>${status}</TxSts>`}</TxInfAndSts>`;

describe('[Y1] the sample records', () => {
  test.each<[name: string, expected: Partial<PaymentEvent>]>([
    [
      'pacs008',
      {
        ownId: null,
        aliases: [
          { type: 'iso20022_transaction', value: '20230713234567891T1BCXIA01868416991' },
          {
            type: 'iso20022_message',
            value: 'M20230713234567891T1BOTS02083825666/20230713234567891T1BCXIA01868416991',
          },
          {
            type: 'iso20022_sender',
            value: '234567891/M20230713234567891T1BOTS02083825666/20230713234567891T1BCXIA01868416991',
          },
          { type: 'instruction_id', value: '20230713234567891T1BCXIA01868416991' },
        ],
        time: micros('2023-07-13T15:29:36.000000Z'),
        state: 'accepted',
        rail: 'rtp',
        amountMinor: 4_615_449n,
        currency: 'USD',
        customerCountry: 'US',
        attributes: {
          iso_message: 'pacs.008',
          message_id: 'M20230713234567891T1BOTS02083825666',
          settlement_date: '2023-07-13',
        },
      },
    ],
    [
      'pacs002.ACTC',
      {
        aliases: expect.arrayContaining([
          { type: 'iso20022_transaction', value: '20230711200000057A1B123864928178098' },
        ]),
        time: micros('2023-07-11T10:53:03.000000Z'),
        state: 'accepted',
        rail: 'rtp',
        amountMinor: 200_000n,
        currency: 'USD',
        attributes: {
          iso_message: 'pacs.002',
          iso_status: 'ACTC',
          message_id: 'M20230711BOTS00162724540',
          settlement_date: '2023-07-11',
        },
      },
    ],
    [
      'pacs002.RJCT',
      {
        aliases: expect.arrayContaining([
          { type: 'iso20022_transaction', value: '20230711200000057A1B123888058178098' },
        ]),
        time: micros('2023-07-11T10:53:06.000000Z'),
        state: 'rejected',
        rail: 'rtp',
        amountMinor: 1_000_000n,
        attributes: {
          iso_message: 'pacs.002',
          iso_status: 'RJCT',
          message_id: 'M20230711BOTS00714217617',
          reason: 'AC03',
          settlement_date: '2023-07-11',
        },
      },
    ],
    [
      'camt056.timeout',
      {
        aliases: [
          { type: 'iso20022_transaction', value: '20230713234567891T1BBQKJ00227516029' },
          {
            type: 'iso20022_message',
            value: 'M20230713234567891T1BOTS00361450681/20230713234567891T1BBQKJ00227516029',
          },
          {
            type: 'iso20022_addressee',
            value: '990000001/M20230713234567891T1BOTS00361450681/20230713234567891T1BBQKJ00227516029',
          },
          { type: 'instruction_id', value: '20230713234567891T1BBQKJ00227516029' },
        ],
        time: micros('2023-07-13T15:24:33.000000Z'),
        state: 'recall_asked',
        rail: 'rtp',
        amountMinor: 2_183_841n,
        attributes: {
          iso_message: 'camt.056',
          message_id: 'M20230713990000001T1HOTS00439600772',
          reason: 'DS24',
          settlement_date: '2023-07-13',
        },
      },
    ],
  ])('%s', (name, expected) => {
    expect(isIso20022(sample(name))).toBe(true);
    expect(one(sample(name))).toMatchObject(expected);
  });

  test('names, accounts, addresses and dates of birth are not kept', () => {
    const text = jsonOf(one(sample('pacs008')));
    for (const word of ['GREEN', 'Broadway', '1984', 'US88664715164441', '42341169728762787', 'LOS ANGELES'])
      expect(text).not.toContain(word);
  });
});

describe('[Y8] one payment, whatever stands around it', () => {
  const inner = document(pacs008({ header: '<SttlmInf><ClrSys><Cd>ST2</Cd></ClrSys></SttlmInf>' }));
  const escaped = inner.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const header =
    '<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><BizMsgIdr>B1</BizMsgIdr></AppHdr>';
  const prefixed = inner
    .replace('<Document xmlns=', '<d:Document xmlns:d=')
    .replace('</Document>', '</d:Document>')
    .replaceAll(/<(\/?)(?!d:|\/)([A-Z])/g, '<$1d:$2');
  const expected = one(inner);

  test.each<[name: string, text: string]>([
    ['a declaration and a byte order mark', `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n${inner}`],
    ['a prefix', prefixed],
    ['another version', inner.replace('pacs.008.001.08', 'pacs.008.001.13')],
    ['RequestPayload with AppHdr beside it', `<RequestPayload>${header}${inner}</RequestPayload>`],
    [
      'DataPDU of SWIFT',
      `<Saa:DataPDU xmlns:Saa="urn:swift:saa:xsd:saa.2.0"><Saa:Body>${header}${inner}</Saa:Body></Saa:DataPDU>`,
    ],
    [
      'FedNow',
      `<FedNowIncoming><FedNowIncomingMessage><FedNowCustomerCreditTransfer>${header}${inner}</FedNowCustomerCreditTransfer></FedNowIncomingMessage></FedNowIncoming>`,
    ],
    [
      'TCH Message',
      `<Message xmlns="urn:tch"><CreditTransfer>${inner.replace(/<\/?Document[^>]*>/g, '')}</CreditTransfer></Message>`,
    ],
    ['CDATA', `<Envelope><Payload><![CDATA[<?xml version="1.0"?>${inner}]]></Payload></Envelope>`],
    ['escaped', `<Envelope><Payload>${escaped}</Payload></Envelope>`],
    ['escaped in CDATA', `<Envelope><Payload><![CDATA[<Inner>${escaped}</Inner>]]></Payload></Envelope>`],
    ['comments and instructions', inner.replace('<PmtId>', '<!-- <TxId>x</TxId> --><?skip <TxId>?><PmtId>')],
  ])('%s', (_, text) => {
    expect(one(text)).toEqual(expected);
  });

  test('the envelope tells the rail where nothing else does', () => {
    const bare = document(pacs008({}));
    expect(one(bare).rail).toBe('unknown');
    expect(one(`<FedNowOutgoing>${bare}</FedNowOutgoing>`).rail).toBe('fednow');
    expect(one(`<Message xmlns="urn:tch">${bare}</Message>`).rail).toBe('rtp');
  });
});

describe('[Y9] statuses', () => {
  test('one message holds many transactions, and a group status is that of each without its own', () => {
    const { items } = decode(report('<GrpSts>ACSC</GrpSts>', told(TX_ID), told(`${TX_ID}B`, 'RJCT')));
    expect(items.map(({ aliases, state }) => [aliases[0]?.value, state])).toEqual([
      [TX_ID, 'settled'],
      [`${TX_ID}B`, 'rejected'],
    ]);
    expect(new Set(items.map(({ id }) => id)).size).toBe(2);
  });

  test('a report that lists no transaction, and a transaction without any status, are refused', () => {
    expect(reasons(report(''))).toEqual(['missing_id']);
    expect(reasons(report('', told(TX_ID)))).toEqual(['wrong_shape']);
  });

  test('a status of a group of which no transaction is listed is refused, with what to ask for', () => {
    const bare = report('<GrpSts>RJCT</GrpSts>');
    expect(reasons(bare)).toEqual(['group_status']);
    expect(decode(bare).refused[0]?.text).toMatch(/TxInfAndSts/);
    const other = '<OrgnlGrpInfAndSts><OrgnlMsgId>M2</OrgnlMsgId><GrpSts>ACSC</GrpSts></OrgnlGrpInfAndSts>';
    const beside = report('<GrpSts>RJCT</GrpSts>', told(TX_ID), other);
    expect(decode(beside).items.map(({ state }) => state)).toEqual(['rejected']);
    expect(reasons(beside)).toEqual(['group_status']);
    const named = told(TX_ID, 'ACSC').replace(
      '<OrgnlTxId>',
      '<OrgnlGrpInf><OrgnlMsgId>M1</OrgnlMsgId></OrgnlGrpInf><OrgnlTxId>',
    );
    expect(reasons(report('<GrpSts>PART</GrpSts>', other, named))).toEqual(['group_status']);
  });

  test('so is a recall of a whole message', () => {
    const recall = (more: string): string =>
      `<FIToFIPmtCxlReq><Assgnmt><Id>C1</Id><CreDtTm>2026-03-10T14:05:00Z</CreDtTm></Assgnmt><Undrlyg><OrgnlGrpInfAndCxl><OrgnlMsgId>M1</OrgnlMsgId><GrpCxl>true</GrpCxl></OrgnlGrpInfAndCxl>${more}</Undrlyg></FIToFIPmtCxlReq>`;
    expect(reasons(document(recall('')))).toEqual(['group_status']);
    expect(reasons(document(recall(`<TxInf><OrgnlTxId>${TX_ID}</OrgnlTxId></TxInf>`)))).toEqual([]);
  });

  test('a report of a return, a reversal or a request is none of the payment, and is counted', () => {
    const named = (name: string): string =>
      report(`<OrgnlMsgNmId>${name}</OrgnlMsgNmId>`, told(TX_ID, 'RJCT'));
    for (const name of ['pacs.004.001.09', 'pacs.007.001.09', 'camt.056.001.08', 'pain.013.001.07'])
      expect(decode(named(name)), name).toEqual({ items: [], ignored: { other_original: 1 }, refused: [] });
    for (const name of ['pacs.008.001.08', 'pacs.009.001.08', 'pacs.003.001.08', ''])
      expect(one(named(name)).state, name).toBe('rejected');
    const own = told(TX_ID, 'RJCT').replace(
      '<OrgnlTxId>',
      '<OrgnlGrpInf><OrgnlMsgId>M1</OrgnlMsgId><OrgnlMsgNmId>pacs.004.001.09</OrgnlMsgNmId></OrgnlGrpInf><OrgnlTxId>',
    );
    expect(decode(report('', own)).ignored).toEqual({ other_original: 1 });
  });

  test('a second original group does not inherit the status of the first', () => {
    const two = report(
      '<GrpSts>ACSC</GrpSts>',
      told(TX_ID),
      '<OrgnlGrpInfAndSts><OrgnlMsgId>M2</OrgnlMsgId></OrgnlGrpInfAndSts>',
      told(`${TX_ID}B`, 'ACTC'),
      told(`${TX_ID}C`),
    );
    expect(decode(two).items.map(({ state }) => state)).toEqual(['settled', 'accepted']);
    expect(reasons(two)).toEqual(['wrong_shape']);
  });

  const scheme = (code: string): string =>
    `<TxInfAndSts><OrgnlTxId>${TX_ID}</OrgnlTxId><TxSts>${code}</TxSts>`;
  test.each<[code: string, reference: string, rail: string, state: string]>([
    ['ACSP', '<SvcLvl><Cd>SEPA</Cd></SvcLvl>', 'sepa_ct', 'sent'],
    ['ACCP', '<SvcLvl><Cd>SEPA</Cd></SvcLvl>', 'sepa_ct', 'sent'],
    ['ACSC', '<SvcLvl><Cd>SEPA</Cd></SvcLvl>', 'sepa_ct', 'settled'],
    ['ACSP', '<SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>INST</Cd></LclInstrm>', 'sepa_inst', 'pending'],
    ['ACCC', '<SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>INST</Cd></LclInstrm>', 'sepa_inst', 'settled'],
    ['PDNG', '', 'unknown', 'accepted'],
    ['QQQQ', '', 'unknown', 'qqqq'],
  ])('%s %s', (code, reference, rail, state) => {
    const text = report(
      '',
      `${scheme(code)}<OrgnlTxRef><PmtTpInf>${reference}</PmtTpInf></OrgnlTxRef></TxInfAndSts>`,
    );
    expect(one(text)).toMatchObject({ rail, state });
  });
});

describe('[Y10] ids', () => {
  const sender = (path: string, id: string): string =>
    `<${path}><FinInstnId>${id}</FinInstnId></${path.replace(/ .*/, '')}>`;
  const ids = (text: string, header = ''): string[] => {
    const { ownId, aliases } = one(document(pacs008({ ids: text, header })));
    expect(ownId).toBeNull();
    return aliases.map(({ type, value }) => `${type}=${value}`);
  };

  test('the UETR in lower case, what reports may name instead of it, and the end-to-end id, which only finds', () => {
    expect(
      ids(
        `<InstrId>I1</InstrId><EndToEndId>E1</EndToEndId><TxId>${TX_ID}</TxId><UETR>9B2F1C1E-5D3A-4C7E-8F21-00000000000A</UETR>`,
      ),
    ).toEqual([
      'uetr=9b2f1c1e-5d3a-4c7e-8f21-00000000000a',
      `iso20022_transaction=${TX_ID}`,
      'iso20022_message=M1/I1',
      'end_to_end_id=E1',
      'instruction_id=I1',
    ]);
  });

  test('a short id counts within its message only, and with its sender where he is known', () => {
    expect(ids('<TxId>1</TxId>')).toEqual(['iso20022_message=M1/1']);
    expect(ids('<TxId>0000000000000001</TxId>')).toEqual(['iso20022_message=M1/0000000000000001']);
    expect(ids('<InstrId>7</InstrId><EndToEndId>NOTPROVIDED</EndToEndId>')).toEqual([
      'iso20022_message=M1/7',
      'instruction_id=7',
    ]);
    const within = ['iso20022_message=M1/1', 'iso20022_message=M1/7'];
    expect(ids('<TxId>1</TxId><InstrId>7</InstrId>')).toEqual([...within, 'instruction_id=7']);
    for (const [id, name] of [
      ['<BICFI>BANKDEFFXXX</BICFI>', 'BANKDEFF'],
      ['<BIC>BANKDEFF</BIC>', 'BANKDEFF'],
      ['<BICFI>BANKDEFF500</BICFI>', 'BANKDEFF500'],
      ['<ClrSysMmbId><MmbId>234567891</MmbId></ClrSysMmbId>', '234567891'],
    ] as const)
      expect(ids('<TxId>1</TxId>', sender('InstgAgt', id))).toEqual([
        'iso20022_message=M1/1',
        `iso20022_sender=${name}/M1/1`,
      ]);
    expect(one(report('', told('1', 'ACSC'))).aliases).toEqual([{ type: 'iso20022_message', value: 'M1/1' }]);
  });

  test('a report names the sender of the original where it is addressed to him', () => {
    const addressed = told('1', 'ACSC').replace(
      '</TxInfAndSts>',
      `${sender('InstgAgt', '<BICFI>OTHRDEFF</BICFI>')}${sender('InstdAgt', '<BICFI>BANKDEFF</BICFI>')}</TxInfAndSts>`,
    );
    expect(one(report('', addressed)).aliases).toContainEqual({
      type: 'iso20022_addressee',
      value: 'BANKDEFF/M1/1',
    });
  });

  test('an instruction id that is none does not name all transactions of a message', () => {
    expect(reasons(document(pacs008({ ids: '<InstrId>NOTPROVIDED</InstrId>' })))).toEqual(['missing_id']);
  });

  test('an end-to-end id alone is none', () => {
    expect(reasons(document(pacs008({ ids: '<EndToEndId>E1</EndToEndId>' })))).toEqual(['missing_id']);
  });

  test('the trace may stand in supplementary data', () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    for (const text of [
      `<TraceId>${id}</TraceId>`,
      `<x:traceparent>00-${id}-00f067aa0ba902b7-01</x:traceparent>`,
    ]) {
      const more = `<SplmtryData><Envlp>${text}</Envlp></SplmtryData>`;
      expect(one(document(pacs008({ more }))).traceId).toBe(id);
    }
  });
});

describe('[Y11] times and amounts', () => {
  const created = (time: string): string => document(pacs008({})).replace('2026-03-10T14:00:02Z', time);

  test('a time without a zone is of the zone that is configured, or refused', () => {
    const zoned = (zone: string) => ({
      ...PAYMENT_CONTEXT,
      ...paymentReadingOf({ 'inputs.payments.zone': zone }),
    });
    const local = created('2026-03-10T14:00:02.5');
    expect(only(decode(local).items).time).toBe(micros('2026-03-10T14:00:02.500000Z'));
    expect(only(decode(local, zoned('America/New_York')).items).time).toBe(
      micros('2026-03-10T18:00:02.500000Z'),
    );
    expect(decode(local, zoned('none')).refused.map(({ reason }) => reason)).toEqual(['bad_time']);
    expect(only(decode(created('2026-03-10T14:00:02+02:00'), zoned('none')).items).time).toBe(
      micros('2026-03-10T12:00:02.000000Z'),
    );
    expect(reasons(created('2026-02-30T14:00:02'))).toEqual(['bad_time']);
    // Microseconds of a later year are no safe integers.
    expect(decode(created('9023-07-11T10:53:03'), zoned('Europe/Berlin')).refused).toMatchObject([
      { reason: 'bad_time' },
    ]);
    expect(reasons(created(''))).toEqual(['missing_time']);
  });

  test.each<[amount: string, minor: bigint | null]>([
    ['<IntrBkSttlmAmt Ccy="JPY">48000</IntrBkSttlmAmt>', 48_000n],
    ['<IntrBkSttlmAmt Ccy="JPY">48000.0</IntrBkSttlmAmt>', 48_000n],
    ['<IntrBkSttlmAmt Ccy="JPY">48000.5</IntrBkSttlmAmt>', null],
    ['<IntrBkSttlmAmt Ccy="KWD">0.001</IntrBkSttlmAmt>', 1n],
    ['<IntrBkSttlmAmt Ccy="EUR">9007199254740.99</IntrBkSttlmAmt>', 900_719_925_474_099n],
    ['<IntrBkSttlmAmt Ccy="EUR">1e3</IntrBkSttlmAmt>', null],
    ['<IntrBkSttlmAmt Ccy="EUR">-1.00</IntrBkSttlmAmt>', null],
    ['<IntrBkSttlmAmt Ccy="eur">1.00</IntrBkSttlmAmt>', null],
    ['<IntrBkSttlmAmt>1.00</IntrBkSttlmAmt>', null],
    ['', null],
  ])('%s', (amount, minor) => {
    const { items, refused } = decode(document(pacs008({ amount })));
    expect(items.map(({ amountMinor }) => amountMinor)).toEqual(minor === null ? [] : [minor]);
    expect(refused.map(({ reason }) => reason)).toEqual(minor === null ? ['bad_amount'] : []);
  });
});

describe('[Y12] XML that is refused, soon and without a word of it', () => {
  const good = document(pacs008({}));
  const bomb = `<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i - 1};`.repeat(10)}">`).join('')}]>`;
  const nested = (levels: number): string => `${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}`;
  const wrapped = (levels: number): string =>
    Array.from({ length: levels }).reduce<string>(
      (text) => `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`,
      good,
    );

  test.each<[name: string, text: string, reason: string]>([
    ['an expansion bomb', good.replace('<Document', `${bomb}<Document`).replace('M1', '&a8;'), 'unsafe_xml'],
    ['an external entity', `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>${good}`, 'unsafe_xml'],
    ['an external document type', `<!DOCTYPE d SYSTEM "http://127.0.0.1/d.dtd">${good}`, 'unsafe_xml'],
    ['an entity that nobody declared', good.replace('M1', '&secret;'), 'not_xml'],
    ['elements nested too deep', `<iso:20022>${nested(100)}</iso:20022>`, 'too_deep'],
    ['text in text in text', wrapped(5), 'too_deep'],
    ['a cut', good.slice(0, -20), 'truncated'],
    ['an attribute twice', good.replace('Ccy="EUR"', 'Ccy="EUR" Ccy="USD"'), 'not_xml'],
    ['closing tags crossed', good.replace('</PmtId>', '</PmtID>'), 'not_xml'],
    ['two documents', `${good}${good}`, 'not_xml'],
    ['a NUL', good.replace('M1', '\0'), 'not_xml'],
    ['no payment message', '<FIToFIPmtStsRptX>iso:20022</FIToFIPmtStsRptX>', 'wrong_shape'],
    ['nothing', '', 'truncated'],
  ])('%s', (_, text, reason) => {
    const { items, refused } = decode(text);
    expect(items).toEqual([]);
    expect(refused.map((refusal) => refusal.reason)).toEqual([reason]);
    expect(refused[0]?.text).not.toMatch(/passwd|secret|M1/);
  });

  test('an element twice: which one would be meant?', () => {
    const twice = `<TxId>${TX_ID}</TxId><TxId>${TX_ID}B</TxId>`;
    expect(reasons(document(pacs008({ ids: twice })))).toEqual(['wrong_shape']);
    const header = document(pacs008({ header: '<MsgId>M2</MsgId>' }, transfer({})));
    expect(reasons(header)).toEqual(['wrong_shape', 'wrong_shape']);
    const more = '<StsRsnInf><Rsn><Cd>A</Cd></Rsn></StsRsnInf><StsRsnInf><Rsn><Cd>B</Cd></Rsn></StsRsnInf>';
    const twoReasons = `<TxInfAndSts><OrgnlTxId>${TX_ID}</OrgnlTxId><TxSts>RJCT</TxSts>${more}</TxInfAndSts>`;
    expect(one(report('', twoReasons)).attributes['reason']).toBe('A');
  });

  test('another message of ISO 20022 is no fact here', () => {
    expect(decode(document('<CstmrCdtTrfInitn/>', 'pain.001.001.09')).ignored).toEqual({ other_message: 1 });
  });

  test('a huge text is not kept', () => {
    const event = decode(document(pacs008({ ids: `<TxId>${'9'.repeat(1_000_000)}</TxId>` })));
    expect(event.refused.map(({ reason }) => reason)).toEqual(['missing_id']);
  });
});
