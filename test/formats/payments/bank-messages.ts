/** Messages of ISO 20022 with the ids that a test names, and worlds of them in which banks call different payments alike. */
import type { Dice } from '../dice.ts';

export interface Named {
  /** Of the (original) message. */
  message?: string;
  uetr?: string | null;
  transaction?: string | null;
  instruction?: string | null;
  /** Who sent the transfer, or whom the report answers. */
  bank?: string | null;
}
export const uetrOf = (number: number): string =>
  `9b2f1c1e-5d3a-4c7e-8f21-${number.toString(16).padStart(12, '0')}`;
const agent = (at: string, bank: string | null): string =>
  bank === null ? '' : `<${at}><FinInstnId><BICFI>${bank}</BICFI></FinInstnId></${at}>`;
const idsIn = (prefix: string, { uetr = null, transaction = null, instruction = null }: Named): string =>
  Object.entries({ InstrId: instruction, TxId: transaction, UETR: uetr })
    .map(([name, id]) => (id === null ? '' : `<${prefix}${name}>${id}</${prefix}${name}>`))
    .join('');
export const transfer = (named: Named): string =>
  `<FIToFICstmrCdtTrf><GrpHdr><MsgId>${named.message ?? 'M1'}</MsgId><CreDtTm>2026-03-10T14:00:00Z</CreDtTm></GrpHdr><CdtTrfTxInf><PmtId>${idsIn('', named)}</PmtId><IntrBkSttlmAmt Ccy="EUR">48.00</IntrBkSttlmAmt>${agent('InstgAgt', named.bank ?? null)}</CdtTrfTxInf></FIToFICstmrCdtTrf>`;
export const report = (named: Named, status: string, at = '15:00'): string =>
  `<FIToFIPmtStsRpt><GrpHdr><MsgId>R-${status}</MsgId><CreDtTm>2026-03-10T${at}:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${named.message ?? 'M1'}</OrgnlMsgId></OrgnlGrpInfAndSts><TxInfAndSts>${idsIn('Orgnl', named)}<TxSts>${status}</TxSts>${agent('InstdAgt', named.bank ?? null)}</TxInfAndSts></FIToFIPmtStsRpt>`;
export const recall = (named: Named): string =>
  `<FIToFIPmtCxlReq><Assgnmt><Id>C1</Id>${named.bank === undefined ? '' : `<Assgnr>${agent('Agt', named.bank)}</Assgnr>`}<CreDtTm>2026-03-10T16:00:00Z</CreDtTm></Assgnmt><Undrlyg><TxInf><OrgnlGrpInf><OrgnlMsgId>${named.message ?? 'M1'}</OrgnlMsgId></OrgnlGrpInf>${idsIn('Orgnl', named)}<CxlRsnInf><Rsn><Cd>FRAD</Cd></Rsn></CxlRsnInf></TxInf></Undrlyg></FIToFIPmtCxlReq>`;

/** A transaction id that is long enough to name its payment along the whole chain. */
export const LONG = '20260310BANK000001';

/** Transfers, reports and recalls of few messages, instructions and banks; the first UETR is reported of, too. */
export function someMessages(dice: Dice, count: number): string[] {
  const some = <T>(...of: T[]): T => of[dice.below(of.length)] as T;
  const named = (): Named => ({
    message: some('M1', 'M2'),
    instruction: some('1', '2', null),
    transaction: some('8', LONG, `${LONG}B`, LONG),
    bank: some('BANKDEFF', 'OTHRDEFF', null),
  });
  return Array.from({ length: count }, (_, i) =>
    some(
      () => transfer({ ...named(), uetr: some(uetrOf(i), null) }),
      () => report({ ...named(), uetr: some(uetrOf(1), null, null) }, some('ACSC', 'RJCT', 'ACSP')),
      () => recall(named()),
    )(),
  );
}
