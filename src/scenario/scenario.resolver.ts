import { Arg, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { checkReadable } from '../dates.js'
import { MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { LocalDate } from '../graphql/scalars.js'
import { SelectedParts } from '../graphql/selection.js'
import { parse, uuid } from '../input.js'
import { DeletePayload } from '../member/member.types.js'
import { Checklist } from '../mission/mission.types.js'
import type { Parts } from '../snapshot/parts.js'
import type { ChecklistRow, ScenarioRow } from '../snapshot/snapshot.types.js'
import type { Moves } from './moves.js'
import { createRule, deleteRule, duplicateRule, moveRule, updateRule } from './scenario.input.js'
import type { Scenarios } from './scenario.service.js'
import {
  CreateScenarioInput,
  DeleteScenarioInput,
  DuplicateScenarioInput,
  MoveScenarioInput,
  MoveScenarioPayload,
  Scenario,
  ScenarioPayload,
  UpdateScenarioInput,
} from './scenario.types.js'

@Resolver(() => Scenario)
export class ScenarioResolver {
  readonly #scenarios: Scenarios
  readonly #moves: Moves

  constructor(scenarios: Scenarios, moves: Moves) {
    this.#scenarios = scenarios
    this.#moves = moves
  }

  @Query(() => [Scenario], {
    description: `The member's scenarios in display order. Everything selected below comes from one
snapshot of the database: a query never shows half of a deletion or half of a reorder.`,
  })
  scenarios(@MemberId() memberId: string, @SelectedParts() parts: Parts) {
    return this.#scenarios.list(memberId, parts)
  }

  @Query(() => Scenario, { nullable: true, description: 'One scenario of the member, or null where the member has none with this id.' })
  scenario(
    @MemberId() memberId: string,
    @Arg('id', () => ID, { description: 'Which scenario.' }) id: string,
    @SelectedParts() parts: Parts,
  ) {
    return this.#scenarios.one(memberId, parse(uuid, id, 'id'), parts)
  }

  @FieldResolver(() => Checklist, {
    description: 'The list for one day: today unless a date is given. From 31 days back to 14 days ahead; else DATE_OUT_OF_RANGE.',
  })
  checklist(
    @Root() scenario: ScenarioRow,
    @Arg('date', () => LocalDate, { nullable: true, description: "The member's today where it is left out." }) date?: string | null,
  ): ChecklistRow {
    const wanted = date ?? scenario.today
    checkReadable(wanted, scenario.today)
    const checklist = scenario.checklists.find((candidate) => candidate.date === wanted)
    if (!checklist) throw new Error(`The checklist of ${wanted} was not read with its scenario.`)
    return checklist
  }

  @NullableMutation(() => ScenarioPayload, {
    description: 'Puts a new scenario at the top of the list. Repeating it with the same id gives the same scenario.',
  })
  createScenario(@MemberId() memberId: string, @Input(CreateScenarioInput) input: CreateScenarioInput, @SelectedParts() parts: Parts) {
    return this.#scenarios.create(memberId, parse(createRule, input), parts)
  }

  @NullableMutation(() => ScenarioPayload, {
    description: `Makes a copy at the top of the list: its fields, its template, its notification (inactive), not its history.
Repeating it with the same newId gives the same copy.`,
  })
  duplicateScenario(
    @MemberId() memberId: string,
    @Input(DuplicateScenarioInput) input: DuplicateScenarioInput,
    @SelectedParts() parts: Parts,
  ) {
    return this.#scenarios.duplicate(memberId, parse(duplicateRule, input), parts)
  }

  @NullableMutation(() => ScenarioPayload, { description: 'Changes a scenario: its fields, its template, its notification.' })
  updateScenario(@MemberId() memberId: string, @Input(UpdateScenarioInput) input: UpdateScenarioInput, @SelectedParts() parts: Parts) {
    return this.#scenarios.update(memberId, parse(updateRule, input), parts)
  }

  @NullableMutation(() => MoveScenarioPayload, { description: 'Puts a scenario between two others.' })
  moveScenario(@MemberId() memberId: string, @Input(MoveScenarioInput) input: MoveScenarioInput, @SelectedParts() parts: Parts) {
    return this.#moves.make(memberId, parse(moveRule, input), parts)
  }

  @NullableMutation(() => DeletePayload, {
    description:
      'Takes a scenario off the list, from today on; restoreScenario brings it back, for 30 days. One that is deleted already stays so.',
  })
  deleteScenario(@MemberId() memberId: string, @Input(DeleteScenarioInput) input: DeleteScenarioInput, @SelectedParts() parts: Parts) {
    return this.#scenarios.delete(memberId, parse(deleteRule, input), parts)
  }
}
