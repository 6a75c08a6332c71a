/** Its number in Hearsay's frame; what is passed on is one `PushedUpdate`. */
export const FLOODING_CHANNEL = 10;
