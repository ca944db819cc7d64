// Every gadget of circuits/ climbs the ladder.
import { climb } from '../engine/climb.js';
import { argmaxSubjects, clampSubjects, leakySubjects, maxSubjects, rangeSubjects } from '../engine/subjects.js';

climb('range', rangeSubjects);
climb('rescale', clampSubjects);
climb('rescale with a bend', leakySubjects);
climb('max', maxSubjects);
climb('argmax', argmaxSubjects);
