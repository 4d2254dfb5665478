import { z } from "zod";

export const webAddress = z.url({
  protocol: /^https?$/,
  error: "use a full address such as https://backups.example.com",
});
