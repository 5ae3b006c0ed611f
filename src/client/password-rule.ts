export const PASSWORD_LENGTH_MIN = 10;
export const PASSWORD_LENGTH_MAX = 256;
const DIFFERENT_MIN = 5;

/** The sentence for a password that does not do; null for one that does. Length counts more than a mixture of characters (NIST SP 800-63B, 3.1.1). */
export function passwordProblem(password: string, user: string): string | null {
  const rule =
    password.length < PASSWORD_LENGTH_MIN || password.length > PASSWORD_LENGTH_MAX
      ? `has ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`
      : new Set(password).size < DIFFERENT_MIN
        ? `has at least ${DIFFERENT_MIN} different characters`
        : password.toLowerCase().includes(user) && password.length < user.length + PASSWORD_LENGTH_MIN
          ? "is more than the user's name"
          : null;
  return rule === null ? null : `A password ${rule}.`;
}
