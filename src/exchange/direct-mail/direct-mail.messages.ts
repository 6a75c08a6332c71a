/** Its number in Hearsay's frame; a letter is one `PushedUpdate`. */
export const DIRECT_MAIL_CHANNEL = 9;
