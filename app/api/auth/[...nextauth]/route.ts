import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { ADDRESS_HEADER } from "@/server/api/address";
import { authOptions } from "@/server/api/auth";
import { getNestegg } from "@/server/runtime-handle";

interface Context {
  params: Promise<{ nextauth: string[] }>;
}

const handler = (request: NextRequest, context: Context): Promise<Response> =>
  NextAuth(request, context, authOptions({ nestegg: getNestegg(), address: request.headers.get(ADDRESS_HEADER) }));

export { handler as GET, handler as POST };
