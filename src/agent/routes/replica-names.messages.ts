/** Something that nodes keep together, by its name. */
export interface NamedReplica {
  readonly name: string;
  /** True where this agent keeps it too. */
  readonly isOpen: boolean;
  /** How many living nodes keep it, as far as this agent knows. */
  readonly nodesCount: number;
}
