import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Info, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { NullableMutation } from '../graphql/mutation.js'
import { selectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { ChangedList } from './changed-list.js'
import { ScenarioPayload } from './scenario.types.js'
import { addRule, deleteRule, moveRule, updateRule } from './template.input.js'
import type { Templates } from './template.service.js'
import { AddMissionInput, DeleteMissionInput, MoveMissionInput, UpdateMissionInput } from './template.types.js'

@Resolver()
export class TemplateResolver {
  readonly #templates: Templates

  constructor(templates: Templates) {
    this.#templates = templates
  }

  @NullableMutation(() => ScenarioPayload, {
    description: 'Adds a line to a template, between two others. Repeating it with the same id gives the same line.',
  })
  addMission(
    @MemberId() memberId: string,
    @Arg('input', () => AddMissionInput) input: AddMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangedList> {
    return this.#templates.add(memberId, parse(addRule, input), selectedParts(info))
  }

  @NullableMutation(() => ScenarioPayload, { description: 'Changes a line of a template.' })
  updateMission(
    @MemberId() memberId: string,
    @Arg('input', () => UpdateMissionInput) input: UpdateMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangedList> {
    return this.#templates.update(memberId, parse(updateRule, input), selectedParts(info))
  }

  @NullableMutation(() => ScenarioPayload, { description: 'Puts a line of a template between two others.' })
  moveMission(
    @MemberId() memberId: string,
    @Arg('input', () => MoveMissionInput) input: MoveMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangedList> {
    return this.#templates.move(memberId, parse(moveRule, input), selectedParts(info))
  }

  @NullableMutation(() => ScenarioPayload, { description: 'Takes a line off a template, from today on. One that is off already stays so.' })
  deleteMission(
    @MemberId() memberId: string,
    @Arg('input', () => DeleteMissionInput) input: DeleteMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangedList> {
    return this.#templates.delete(memberId, parse(deleteRule, input), selectedParts(info))
  }
}
