/** What the administration page says. */

export const ADMIN = {
  title: 'People',
  back: 'Back to the console',
  notForYou: 'This page is not for your role',
  notForYouText: 'Only administrators manage people. If you should be one, ask an administrator.',
  loading: 'Loading…',
  name: 'Name',
  login: 'Login',
  role: 'Role',
  added: 'Added',
  state: 'State',
  action: 'Action',
  active: 'Active',
  lockedOut: 'Locked out',
  lockOut: 'Lock out',
  lockOutLong: (name: string) => `Lock out ${name}`,
  lockOutAsk: (name: string) =>
    `Lock out ${name}? Their sign-ins end at once, and they cannot sign in until you let them in again.`,
  letIn: 'Let in again',
  letInLong: (name: string) => `Let ${name} in again`,
  letInAsk: (name: string) =>
    `Let ${name} in again? They sign in with the password they had. Links that they made stay withdrawn.`,
  newPassword: 'New password',
  newPasswordLong: (name: string) => `New password for ${name}`,
  newPasswordAsk: (name: string) =>
    `Make a new password for ${name}? Theirs stops working, and their sign-ins end at once.`,
  cancel: 'Cancel',
  you: '(you)',
};

export const ADD = {
  title: 'Add a person',
  nameHint: 'As colleagues and guests will see it.',
  loginHint: 'What they type to sign in.',
  action: 'Add',
  busy: 'Adding…',
};

export const ADDED = {
  title: (name: string) => `${name} can sign in now`,
  titleAnew: (name: string) => `A new password for ${name}`,
  text: 'This first password is shown only now. They choose their own when they sign in with it.',
  login: 'Login',
  password: 'First password',
  copy: 'Copy password',
  done: 'Done',
};
