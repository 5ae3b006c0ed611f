import {describe, expect, test} from "@jest/globals";
import type {TokenSummary, UserSummary} from "../../src/client/index.ts";
import {roleMeaning, roleName, scopeMeaning} from "../../src/console/pages/settings/role-words.ts";
import {
  byEnd,
  daysLeft,
  draftOfUser,
  EMPTY_USER,
  tabOf,
  tabsFor,
  userChangeOf,
  userInputOf,
} from "../../src/console/pages/settings/rules.ts";
import {ROLE_WORDS, SCOPES} from "../../src/gateway/auth/roles.ts";

const holder =
  (...scopes: string[]) =>
  (scope: string) =>
    scopes.includes(scope) || scopes.includes("admin");

describe("the tabs of the settings", () => {
  test("are one's account and who may do what for somebody without a scope", () =>
    expect(tabsFor(holder())).toEqual(["account", "rights"]));
  test("hold the system for whoever sees the gateway", () =>
    expect(tabsFor(holder("gateway:read"))).toEqual(["account", "rights", "system"]));
  test("are all for admins", () => expect(tabsFor(holder("admin"))).toHaveLength(6));
  test("begin with the account, and one that the person does not have is none", () => {
    expect(tabOf(undefined, holder())).toBe("account");
    expect(tabOf("users", holder("gateway:read"))).toBeNull();
    expect(tabOf("nonsense", holder("admin"))).toBeNull();
  });
});

const anna: UserSummary = {
  name: "anna",
  displayName: "Anna Weber",
  role: "viewer",
  household: null,
  createdAt: "2026-11-01T08:00:00.000Z",
  lastLoginAt: null,
  mustChangePassword: true,
  isDisabled: false,
  sessions: 0,
};

describe("a person's form", () => {
  test("sends a new person without the fields that are empty", () =>
    expect(userInputOf({...EMPTY_USER, name: " anna ", household: "flat-3"})).toEqual({name: "anna", role: "viewer"}));
  test("sends the household with its role alone", () =>
    expect(userInputOf({...EMPTY_USER, name: "b", role: "household", household: "flat-3", reason: "moved in"})).toEqual(
      {
        name: "b",
        role: "household",
        household: "flat-3",
        reason: "moved in",
      },
    ));
  test("sends what differs, with the reason", () =>
    expect(userChangeOf(anna, {...draftOfUser(anna), role: "reviewer", reason: "audit"})).toEqual({
      role: "reviewer",
      reason: "audit",
    }));
  test("takes the name for people away as null", () =>
    expect(userChangeOf(anna, {...draftOfUser(anna), displayName: " "})).toEqual({displayName: null}));
  test("sends nothing when nothing differs, whatever the reason", () =>
    expect(userChangeOf(anna, {...draftOfUser(anna), reason: "because"})).toBeNull());
});

describe("tokens", () => {
  const token = (name: string, expiresAt: string) => ({name, expiresAt}) as TokenSummary;
  const nowMs = Date.parse("2026-11-20T12:00:00Z");
  test.each([
    ["2026-11-20T18:00:00Z", 0],
    ["2026-11-21T12:00:00Z", 1],
    ["2026-12-04T11:00:00Z", 13],
    ["2026-11-20T11:59:00Z", -1],
  ])("that end on %s have %d whole days left", (expiresAt, days) => expect(daysLeft({expiresAt}, nowMs)).toBe(days));
  test("are listed by their end, then by name", () =>
    expect(byEnd([token("c", "2027"), token("b", "2026"), token("a", "2027")]).map(({name}) => name)).toEqual([
      "b",
      "a",
      "c",
    ]));
});

describe("roles and scopes in words", () => {
  const roles = Object.entries(ROLE_WORDS).map(([role, {meaning}]) => ({
    role: role as keyof typeof ROLE_WORDS,
    meaning,
  }));
  const scopes = Object.entries(SCOPES).map(([scope, {meaning}]) => ({scope, meaning}));
  test.each(roles)("$role has a German name and sentence, and in English the gateway's", (role) => {
    expect(roleName(role.role, "de")).not.toBe(role.role);
    expect(roleMeaning(role, "de")).not.toBe(role.meaning);
    expect(roleMeaning(role, "en")).toBe(role.meaning);
  });
  test.each(scopes)("$scope has a German sentence, and in English the gateway's", (scope) => {
    expect(scopeMeaning(scope, "de")).not.toBe(scope.meaning);
    expect(scopeMeaning(scope, "en")).toBe(scope.meaning);
  });
  test("what the page does not know is said as the gateway says it", () => {
    expect(scopeMeaning({scope: "lease:sign", meaning: "Sign leases."}, "de")).toBe("Sign leases.");
    expect(roleName("landlord", "de")).toBe("landlord");
  });
});
