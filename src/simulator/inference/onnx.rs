//! Runs ONNX files with rten. A file is loaded when it is first asked.

use std::sync::OnceLock;

use bytes::Bytes;
use rten::{DataType, Dimension, Model, NodeId, Value, ValueOrView, ValueType};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use serde_json::Value as Json;

use super::tensor::{flatten, shape_of, shortest};
use super::{InferenceError, Row};

/// A model file, and the engine for it once it was needed.
pub(in crate::simulator) struct OnnxModel {
    content: Option<Bytes>,
    size: u64,
    loaded: OnceLock<Result<Model, InferenceError>>,
}

/// An input of a model.
struct Input {
    id: NodeId,
    name: String,
    data_type: DataType,
    /// The declared lengths of a row's dimensions; a missing one may be any.
    row_shape: Option<Vec<Option<usize>>>,
    /// The number of rows that the model insists on.
    fixed_rows: Option<usize>,
}

impl OnnxModel {
    /// A model with this file; without one it cannot be run.
    pub(in crate::simulator) fn new(content: Option<Bytes>, size: u64) -> Self {
        Self { content, size, loaded: OnceLock::new() }
    }

    /// Runs the model and returns the outputs of every row.
    pub(in crate::simulator) fn run(&self, rows: &[Row]) -> Result<Vec<Row>, InferenceError> {
        let model = self.loaded()?;
        let inputs = inputs_of(model);
        let whole = inputs.iter().all(|input| input.fixed_rows.is_none_or(|fixed| fixed == rows.len()));
        let at_once = if whole { rows.len() } else { 1 };
        let mut answers = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(at_once.max(1)) {
            answers.extend(run_chunk(model, &inputs, chunk)?);
        }
        Ok(answers)
    }

    fn loaded(&self) -> Result<&Model, InferenceError> {
        self.loaded.get_or_init(|| self.load()).as_ref().map_err(Clone::clone)
    }

    fn load(&self) -> Result<Model, InferenceError> {
        let content = self.content.as_ref().ok_or_else(|| {
            InferenceError::Failed(match self.size {
                0 => "the simulator has no file of this model".to_owned(),
                size => format!("the simulator did not keep the model's {size} bytes, as it keeps at most 64 MiB"),
            })
        })?;
        Model::load(content.to_vec())
            .map_err(|error| InferenceError::Failed(format!("the model cannot be loaded: {error}")))
    }
}

fn inputs_of(model: &Model) -> Vec<Input> {
    model
        .input_ids()
        .iter()
        .filter_map(|&id| {
            let node = model.node_info(id)?;
            let data_type = match node.dtype() {
                Some(ValueType::Tensor(data_type)) => data_type,
                _ => DataType::Float,
            };
            let shape = node.shape().map(|shape| {
                shape
                    .into_iter()
                    .map(|dimension| match dimension {
                        Dimension::Fixed(length) => Some(length),
                        Dimension::Symbolic(_) => None,
                    })
                    .collect::<Vec<_>>()
            });
            Some(Input {
                id,
                name: node.name().unwrap_or_default().to_owned(),
                data_type,
                fixed_rows: shape.as_ref().and_then(|shape| shape.first().copied().flatten()),
                row_shape: shape.map(|shape| shape.into_iter().skip(1).collect()),
            })
        })
        .collect()
}

fn run_chunk(model: &Model, inputs: &[Input], rows: &[Row]) -> Result<Vec<Row>, InferenceError> {
    let mut tensors: Vec<(NodeId, ValueOrView<'static>)> = Vec::with_capacity(inputs.len());
    for input in inputs {
        tensors.push((input.id, tensor_for(input, inputs.len() == 1, rows)?.into()));
    }
    let outputs =
        model.run(tensors, model.output_ids(), None).map_err(|error| InferenceError::Failed(error.to_string()))?;
    let mut answers = vec![Row::new(); rows.len()];
    for (&id, output) in model.output_ids().iter().zip(outputs) {
        let name = model.node_info(id).and_then(|node| node.name().map(str::to_owned)).unwrap_or_default();
        let numbers = numbers_of(output)?;
        if rows.is_empty() || numbers.len() % rows.len() != 0 {
            return Err(InferenceError::Failed(format!("output `{name}` cannot be divided into rows")));
        }
        let width = numbers.len() / rows.len();
        for (answer, numbers) in answers.iter_mut().zip(numbers.chunks(width.max(1))) {
            answer.insert(name.clone(), Json::Array(numbers.to_vec()));
        }
    }
    Ok(answers)
}

/// The column of all rows that belongs to an input, as one tensor.
fn tensor_for(input: &Input, only_input: bool, rows: &[Row]) -> Result<Value, InferenceError> {
    let mut numbers = Vec::new();
    let mut shape = None;
    for row in rows {
        let value = column_for(input, only_input, row)?;
        let of_row = flatten(value)
            .ok_or_else(|| InferenceError::Failed(format!("input `{}` is not made of numbers", input.name)))?;
        let row_shape = input.row_shape(value, of_row.len())?;
        if *shape.get_or_insert_with(|| row_shape.clone()) != row_shape {
            return Err(InferenceError::Failed(format!("input `{}` differs in shape from row to row", input.name)));
        }
        numbers.extend(of_row);
    }
    let mut whole = vec![rows.len()];
    whole.extend(shape.unwrap_or_default());
    let tensor = match input.data_type {
        DataType::Float => tensor_of(&whole, &numbers, |number| number as f32),
        DataType::Int32 => tensor_of(&whole, &numbers, |number| number as i32),
        DataType::Int8 => tensor_of(&whole, &numbers, |number| number as i8),
        DataType::UInt8 => tensor_of(&whole, &numbers, |number| number as u8),
        _ => None,
    };
    tensor.ok_or_else(|| InferenceError::Failed(format!("input `{}` cannot be filled", input.name)))
}

fn tensor_of<T>(shape: &[usize], numbers: &[f64], convert: impl Fn(f64) -> T) -> Option<Value>
where
    Value: From<Tensor<T>>,
{
    let numbers: Vec<T> = numbers.iter().map(|number| convert(*number)).collect();
    Some(Tensor::try_from_data(shape, numbers).ok()?.into())
}

/// The row's column with the input's name, or its single list when the model has one input.
fn column_for<'a>(input: &Input, only_input: bool, row: &'a Row) -> Result<&'a Json, InferenceError> {
    let mut lists = row.values().filter(|value| value.is_array());
    let single = lists.next().filter(|_| only_input && lists.next().is_none());
    row.get(&input.name)
        .or(single)
        .ok_or_else(|| InferenceError::Failed(format!("\"Error getting tensor {} from inference data\"", input.name)))
}

impl Input {
    /// The shape that a row's value has for the model: the declared one where it is known.
    fn row_shape(&self, value: &Json, count: usize) -> Result<Vec<usize>, InferenceError> {
        let Some(declared) = &self.row_shape else {
            return Ok(shape_of(value));
        };
        let known: Option<Vec<usize>> = declared.iter().copied().collect();
        let Some(known) = known else {
            return Ok(shape_of(value));
        };
        let expected: usize = known.iter().product();
        if expected == count {
            Ok(known)
        } else {
            Err(InferenceError::Failed(format!("input `{}` takes {expected} numbers a row, found {count}", self.name)))
        }
    }
}

fn numbers_of(output: Value) -> Result<Vec<Json>, InferenceError> {
    match output {
        Value::FloatTensor(tensor) => Ok(tensor.iter().map(|number| shortest(*number)).collect()),
        Value::Int32Tensor(tensor) => Ok(tensor.iter().map(|number| Json::from(*number)).collect()),
        Value::Int8Tensor(tensor) => Ok(tensor.iter().map(|number| Json::from(*number)).collect()),
        Value::UInt8Tensor(tensor) => Ok(tensor.iter().map(|number| Json::from(*number)).collect()),
        _ => Err(InferenceError::Failed("the model has an output that is not a tensor of numbers".to_owned())),
    }
}
