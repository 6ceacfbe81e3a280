import { Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { Parts } from '../snapshot/parts.js'
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
  addMission(@MemberId() memberId: string, @Input(AddMissionInput) input: AddMissionInput, @SelectedParts() parts: Parts) {
    return this.#templates.add(memberId, parse(addRule, input), parts)
  }

  @NullableMutation(() => ScenarioPayload, { description: 'Changes a line of a template.' })
  updateMission(@MemberId() memberId: string, @Input(UpdateMissionInput) input: UpdateMissionInput, @SelectedParts() parts: Parts) {
    return this.#templates.update(memberId, parse(updateRule, input), parts)
  }

  @NullableMutation(() => ScenarioPayload, { description: 'Puts a line of a template between two others.' })
  moveMission(@MemberId() memberId: string, @Input(MoveMissionInput) input: MoveMissionInput, @SelectedParts() parts: Parts) {
    return this.#templates.move(memberId, parse(moveRule, input), parts)
  }

  @NullableMutation(() => ScenarioPayload, { description: 'Takes a line off a template, from today on. One that is off already stays so.' })
  deleteMission(@MemberId() memberId: string, @Input(DeleteMissionInput) input: DeleteMissionInput, @SelectedParts() parts: Parts) {
    return this.#templates.delete(memberId, parse(deleteRule, input), parts)
  }
}
