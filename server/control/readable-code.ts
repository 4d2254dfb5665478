import type { Clock } from "../clock";

/** No I, L, O, U: nothing that is misread, and no words. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP = 5;

/** Five bits a character, in groups for reading aloud: "K7QMX-2XRTA". */
export function readableCode(clock: Clock, characters: number): string {
  const bytes = Buffer.from(clock.randomHex(characters), "hex");
  const letters = [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length] ?? "0");
  return letters.map((letter, index) => (index > 0 && index % GROUP === 0 ? `-${letter}` : letter)).join("");
}

/** What a person typed, as the alphabet means it: no case, no separators, O is 0, I and L are 1. */
export function plainCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return letters.replace(/O/g, "0").replace(/[IL]/g, "1");
}
