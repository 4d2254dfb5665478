import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { authOptions } from "@/server/api/auth";
import { getNestegg } from "@/server/runtime-handle";

interface Context {
  params: Promise<{ nextauth: string[] }>;
}

const handler = (request: NextRequest, context: Context): Promise<Response> =>
  NextAuth(request, context, authOptions(getNestegg()));

export { handler as GET, handler as POST };
