import {Command} from "commander";
import type {NewPassword, Role} from "../../client/index.ts";
import {EXIT} from "../context.ts";
import type {Output} from "../output.ts";
import type {Run} from "../run.ts";

/** People of the gateway. On the gateway's own machine it needs no login, so nobody is shut out by a forgotten password. */
export function userCommand(run: Run): Command {
  const command = new Command("user").description("people of the gateway: roles, first passwords");
  command
    .command("list")
    .description("people with their role and last login")
    .action(
      run(async ({gateway, output}) => {
        const users = await gateway.users.list();
        output.json(users);
        output.table(
          ["name", "role", "state", "last login", "sessions"],
          users.map(({name, role, isDisabled, mustChangePassword, lastLoginAt, sessions}) => [
            name,
            role,
            isDisabled ? "disabled" : mustChangePassword ? "first password" : "enabled",
            lastLoginAt ?? "never",
            String(sessions),
          ]),
        );
        return EXIT.done;
      }),
    );
  command
    .command("add")
    .description("add a person; the first password is shown once")
    .argument("<name>", "a-z, 0-9, dot, underscore and hyphen")
    .requiredOption("--role <role>", "viewer, reviewer, maintainer, operator, admin or household")
    .option("--household <id>", "of the role household")
    .option("--reason <text>", "for the audit log")
    .action(
      run(async ({gateway, output}, name: string, options: {role: Role; household?: string; reason?: string}) =>
        printPassword(await gateway.users.add({name, ...options}), output),
      ),
    );
  command
    .command("reset")
    .description("give a person a new first password, shown once; ends the person's sessions")
    .argument("<name>")
    .option("--reason <text>", "for the audit log")
    .action(
      run(async ({gateway, output}, name: string, {reason}: {reason?: string}) =>
        printPassword(await gateway.users.resetPassword(name, reason), output),
      ),
    );
  return command;
}

function printPassword({user, password}: NewPassword, output: Output): number {
  output.json({user, password});
  output.line(`First password of ${user.name}, to be changed at the login: ${password}`);
  return EXIT.done;
}
