/** The API keys in force, as a listener asks for them. They may change while the process runs. */
import type { Scope } from '../model/access.ts';

export interface KeyGrant {
  id: string;
  scopes: readonly Scope[];
}

export interface AccessKeys {
  /** Whether a request must bring a key. Once that was so it stays so, or taking the keys away would open the door. */
  demanded(): boolean;
  /**
   * What a key lets its holder do; null where it is none of ours.
   * @throws CounterfoilError CF_KEY_FILE when it cannot be known who is let in
   */
  grantOf(key: string): KeyGrant | null;
}
