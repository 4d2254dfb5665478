import { tagsFromText } from "@/components/backup-words";

const TAGS_MAX = 20;
const VALUE_MAX_CHARACTERS = 200;

/** The server's rules in the words of the field; null when all is well. */
export function tagProblem(text: string): string | null {
  const tags = Object.entries(tagsFromText(text));
  if (tags.length > TAGS_MAX) return `At most ${TAGS_MAX} tags.`;
  for (const [key, value] of tags) {
    if (key === "type") return "“type” is set by Nestegg. Choose another name.";
    if (!/^[A-Za-z0-9._-]{1,40}$/.test(key)) {
      return `“${key}” cannot be a tag’s name. Use up to 40 of A-Z a-z 0-9 . _ -`;
    }
    if (value.length > VALUE_MAX_CHARACTERS) return `The value of “${key}” is over ${VALUE_MAX_CHARACTERS} characters.`;
  }
  return null;
}
