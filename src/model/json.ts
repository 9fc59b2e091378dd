/** JSON values, the only thing that is ever hashed (ids.ts). */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
