import { expect, test } from "vitest";
import { parseSettings } from "../config";
import { roleOf } from "./oidc-role";

const SETTINGS = {
  roleClaim: "role",
  roleValues: { viewer: ["viewer", "staff"], operator: ["operator"], admin: ["admin", "db-owners"] },
  defaultRole: null,
};

test.each([
  ["a word", { role: "operator" }, "operator"],
  ["a list, whose strongest counts", { role: ["staff", "db-owners"] }, "admin"],
  ["a word of no role", { role: "superuser" }, null],
  ["another case of it", { role: "Admin" }, null],
  ["a part of it", { role: "administrators of nothing" }, null],
  ["no claim", {}, null],
  ["something that is no word", { role: { admin: true } }, null],
  ["a list within a list", { role: [["admin"]] }, null],
  ["true", { role: true }, null],
])("%s gives the role", (_title, claims, role) => {
  expect(roleOf(claims, SETTINGS)).toBe(role);
});

test("a claim is found by its whole name, else by dots; inherited names are none", () => {
  const at = (roleClaim: string, claims: Record<string, unknown>) => roleOf(claims, { ...SETTINGS, roleClaim });
  expect(at("realm_access.roles", { realm_access: { roles: ["operator"] } })).toBe("operator");
  expect(at("https://example.com/role", { "https://example.com/role": "viewer" })).toBe("viewer");
  expect(at("role.length", { role: ["admin"] })).toBeNull();
  expect(at("constructor.name", {})).toBeNull();
});

test("the default is for who has no role by the claim", () => {
  expect(roleOf({}, { ...SETTINGS, defaultRole: "viewer" })).toBe("viewer");
  expect(roleOf({ role: "admin" }, { ...SETTINGS, defaultRole: "viewer" })).toBe("admin");
});

const THREE = { OIDC_ISSUER: "https://id.example.com", OIDC_CLIENT_ID: "nestegg", OIDC_CLIENT_SECRET: "s3cret" };

test("a part of the settings does not start, and the missing one is named; no value is repeated", () => {
  expect(parseSettings({}).oidc).toBeNull();
  for (const name of Object.keys(THREE)) {
    expect(() => parseSettings({ ...THREE, [name]: "" })).toThrow(`${name} is missing`);
    expect(() => parseSettings({ ...THREE, [name]: "" })).not.toThrow(/s3cret/);
  }
  expect(() => parseSettings({ OIDC_ROLE_CLAIM: "groups" })).toThrow("OIDC_ISSUER is missing");
});

test("what Kubernetes injects for a service named oidc is no setting of ours", () => {
  const injected = { OIDC_PORT: "tcp://10.0.0.9:80", OIDC_SERVICE_HOST: "10.0.0.9" };
  expect(parseSettings(injected).oidc).toBeNull();
  expect(() => parseSettings({ ...injected, OIDC_ROLE_CLAIM: "groups" })).toThrow("while OIDC_ROLE_CLAIM is set");
});

test("an issuer that is no address is named, beside every other fault", () => {
  expect(() => parseSettings({ ...THREE, OIDC_ISSUER: "id.example.com", PORT: "none" })).toThrow(
    /PORT: .*OIDC_ISSUER: use a full address/,
  );
});

test("the settings are read as written, with the contract's defaults", () => {
  expect(parseSettings(THREE).oidc).toEqual({
    issuer: "https://id.example.com",
    clientId: "nestegg",
    clientSecret: "s3cret",
    name: "single sign-on",
    scope: "openid email profile",
    roleClaim: "role",
    roleValues: { viewer: ["viewer"], operator: ["operator"], admin: ["admin"] },
    defaultRole: null,
  });
  const groups = { OIDC_ADMIN_VALUES: "db-owners, /db/owners ,", OIDC_DEFAULT_ROLE: "viewer" };
  expect(parseSettings({ ...THREE, ...groups }).oidc).toMatchObject({
    roleValues: { admin: ["db-owners", "/db/owners"] },
    defaultRole: "viewer",
  });
});

test("the client secret travels over https only, but to this machine itself; nobody becomes admin by default", () => {
  for (const issuer of ["http://id.example.com", "http://10.0.0.1:8080", "http://127.0.0.1.evil.example"]) {
    expect(() => parseSettings({ ...THREE, OIDC_ISSUER: issuer })).toThrow("use https");
  }
  expect(parseSettings({ ...THREE, OIDC_ISSUER: "http://127.0.0.1:9000" }).oidc).not.toBeNull();
  expect(() => parseSettings({ ...THREE, OIDC_DEFAULT_ROLE: "admin" })).toThrow("OIDC_DEFAULT_ROLE");
  expect(() => parseSettings({ ...THREE, OIDC_SCOPE: "email" })).toThrow("OIDC_SCOPE");
});
