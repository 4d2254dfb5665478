import { z } from "zod";
import { doctorReportSchema } from "../output-doctor";
import { answerJson } from "./answer";
import { defineRoute, type RestRoute } from "./route";

const doctorAnswer = z.object({
  success: z.literal(true),
  healthy: z.boolean().describe("True when no row is a fault."),
  report: doctorReportSchema.nullable().describe("Null: no doctor has run yet."),
});

const answerOf = (report: z.infer<typeof doctorReportSchema> | null) =>
  answerJson(
    doctorAnswer.parse({
      success: true,
      healthy: report?.rows.every(({ state }) => state !== "fault") ?? false,
      report,
    }),
  );

export const doctorRoutes: RestRoute[] = [
  defineRoute({
    method: "POST",
    path: "/api/admin/doctor",
    summary: "Try and look at everything that a way back needs",
    description:
      "Writes, copies and removes scratch objects beside the backups, and reads the whole database file. Answers when it is over; a fault is a row, not an error.",
    answers: { 200: { description: "The report.", schema: doctorAnswer } },
    errors: [],
    handle: async ({ context }) => answerOf(await context.nestegg.operate.doctor.run(context.caller)),
  }),
  defineRoute({
    method: "GET",
    path: "/api/admin/doctor",
    summary: "The doctor's last report",
    answers: { 200: { description: "The report.", schema: doctorAnswer } },
    errors: [],
    handle: async ({ context }) => answerOf(await context.nestegg.operate.doctor.last()),
  }),
];
