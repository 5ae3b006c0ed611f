import {Command} from "commander";
import type {NewToken, TokenSummary} from "../../client/index.ts";
import {EXIT} from "../context.ts";
import type {Run} from "../run.ts";
import {wholeNumber} from "../words.ts";

// The gateway decides and names what it does not know; these are for the help.
const SCOPES =
  "gateway:read audit:read audit:append audit:check audit:export audit:impersonate blocks:post field:read field:write field:configure plant:control node:control";

export function tokenCommand(run: Run): Command {
  const command = new Command("token").description("tokens of machines and programs");
  command
    .command("create")
    .description("make a token; it is shown once")
    .argument("<name>", "who will use it, such as line-7")
    .requiredOption("--scope <scopes>", `what it may do, by comma: ${SCOPES}`)
    .option("--days <days>", "how long it lives", "365")
    .action(
      run(async ({gateway, output}, name: string, options: {scope: string; days: string}) => {
        const scopes = options.scope.split(",").map((scope) => scope.trim());
        const token: NewToken = await gateway.tokens.create({
          name,
          scopes,
          days: wholeNumber(options.days, "--days", {from: 1, to: 3650}),
        });
        output.json(token);
        output.line(token.token);
        return EXIT.done;
      }),
    );
  command
    .command("list")
    .description("tokens with their scopes, expiry and last use")
    .action(
      run(async ({gateway, output}) => {
        const tokens: readonly TokenSummary[] = await gateway.tokens.list();
        output.json(tokens);
        output.table(
          ["id", "name", "scopes", "expires", "state", "last used", "made by"],
          tokens.map(({id, name, scopes, expiresAt, state, lastUsedAt, createdBy}) => [
            id,
            name,
            scopes.join(","),
            expiresAt,
            state,
            lastUsedAt ?? "never",
            createdBy,
          ]),
        );
        return EXIT.done;
      }),
    );
  command
    .command("revoke")
    .description("end a token at once")
    .argument("<id>")
    .action(
      run(async ({gateway, output}, id: string) => {
        const isRevoked = await gateway.tokens.revoke(id);
        output.json({id, isRevoked});
        output.line(isRevoked ? `Token ${id} is revoked.` : `There is no token ${id}.`);
        return isRevoked ? EXIT.done : EXIT.no;
      }),
    );
  return command;
}
